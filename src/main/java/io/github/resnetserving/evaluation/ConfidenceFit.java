package io.github.resnetserving.evaluation;

import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.confidence.ConfidenceFile.NoveltyReference;
import io.github.resnetserving.confidence.ConfidenceFile.Quality;
import io.github.resnetserving.confidence.NoveltyScore;
import io.github.resnetserving.confidence.Reference;
import io.github.resnetserving.confidence.ReferenceFeatures;
import io.github.resnetserving.confidence.Statistics;
import io.github.resnetserving.confidence.Statistics.Answered;
import io.github.resnetserving.confidence.Temperature;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Prediction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fits what {@link ConfidenceFile} stores on a network's answers to labelled images. Without state.
 *
 * <p>The stored temperature is fitted on all images. What it is worth is measured on images that it
 * was not fitted on: every second image is evaluated at the temperature of the others, and the
 * other way round.
 */
public final class ConfidenceFit {

  /** With fewer images neither a temperature nor its worth can be told. */
  public static final int LEAST_IMAGES = 100;

  private static final int QUANTILES = 1_000;

  /** One neighbour for so many references: 10 of 2,000. */
  private static final int REFERENCES_A_NEIGHBOUR = 200;

  private ConfidenceFit() {}

  /**
   * What is wanted besides the temperature.
   *
   * @param novelty the score to store; null for none
   * @param precisionAt the precision that thresholds are chosen for; null for none
   * @param abstainBelow one threshold for all classes instead; null for none
   */
  public record Wishes(
      NoveltyScore.@Nullable Kind novelty,
      @Nullable Double precisionAt,
      @Nullable Double abstainBelow) {

    /** As {@code train} does: a temperature and the energy's reference. */
    public static final Wishes USUAL = new Wishes(NoveltyScore.Kind.ENERGY, null, null);

    /** What the fit needs of a sample: features take most of the memory, and one score has them. */
    public Sample needed(Sample sample) {
      return novelty == NoveltyScore.Kind.NEAREST
          ? sample
          : new Sample(sample.image(), sample.logits());
    }
  }

  /**
   * Fits, and writes the files beside the model's weights.
   *
   * @param precision what the network computed in
   * @param samples with one view and its features each, in an order that mixes nothing: neighbours
   *     are of one class
   * @throws IOException if they cannot be written
   * @throws IllegalArgumentException if there are too few images, or no temperature fits them
   */
  public static ConfidenceFile write(
      ModelSpec model, String precision, List<Sample> samples, Wishes wishes) throws IOException {
    if (samples.size() < LEAST_IMAGES) {
      throw new IllegalArgumentException(
          "%d labelled images are too few to tell a temperature: give at least %d"
              .formatted(samples.size(), LEAST_IMAGES));
    }
    double temperature = temperature(samples);
    double ofEven = temperature(half(samples, 0));
    double ofOdd = temperature(half(samples, 1));
    Evaluation before = new Evaluation(model.labels());
    Evaluation after = new Evaluation(model.labels());
    List<Answered> answers = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      before.add(sample);
      after.add(sample, i % 2 == 0 ? ofOdd : ofEven);
      Prediction first = sample.top(model.labels(), 1, temperature).getFirst();
      answers.add(
          new Answered(
              first.index(), first.probability(), first.index() == sample.image().label()));
    }
    ConfidenceFile file =
        new ConfidenceFile(
            model.digest(),
            model.preprocessing().id(),
            precision,
            samples.size(),
            temperature,
            quality(before),
            quality(after),
            wishes.precisionAt(),
            thresholds(answers, model.labels().count(), wishes),
            novelty(model, samples, wishes.novelty()),
            Reference.of(answers, model.labels().count()));
    file.write(model);
    return file;
  }

  private static List<Sample> half(List<Sample> samples, int first) {
    return IntStream.range(0, samples.size())
        .filter(i -> i % 2 == first)
        .mapToObj(samples::get)
        .toList();
  }

  private static double temperature(List<Sample> samples) {
    return Temperature.fit(
        samples.stream().map(sample -> sample.logits().getFirst()).toList(),
        samples.stream().map(sample -> sample.image().label()).toList());
  }

  private static Quality quality(Evaluation evaluation) {
    return new Quality(evaluation.logLoss(), evaluation.calibrationError());
  }

  private static List<@Nullable Double> thresholds(
      List<Answered> answers, int classes, Wishes wishes) {
    if (wishes.precisionAt() != null) {
      return Statistics.thresholds(answers, classes, wishes.precisionAt());
    }
    return wishes.abstainBelow() == null
        ? List.of()
        : Collections.nCopies(classes, wishes.abstainBelow());
  }

  private static @Nullable NoveltyReference novelty(
      ModelSpec model, List<Sample> samples, NoveltyScore.@Nullable Kind kind) throws IOException {
    return switch (kind) {
      case null -> null;
      case ENERGY ->
          new NoveltyReference(
              kind.id(),
              /* neighbours= */ 0,
              /* features= */ null,
              Statistics.quantiles(scores(samples, new NoveltyScore.Energy()), QUANTILES));
      case NEAREST -> {
        Neighbours neighbours = Neighbours.of(samples);
        yield new NoveltyReference(
            kind.id(),
            neighbours.k(),
            ConfidenceFile.writeFeatures(model, neighbours.references()),
            Statistics.quantiles(neighbours.scores(samples), QUANTILES));
      }
    };
  }

  /** The scores of samples with one view each. */
  static double[] scores(List<Sample> samples, NoveltyScore score) {
    return samples.parallelStream()
        .mapToDouble(sample ->
            score.of(
                sample.logits().getFirst(),
                sample.features().isEmpty() ? new float[0] : sample.features().getFirst()))
        .toArray();
  }

  /**
   * Some samples as references for all.
   *
   * @param places of the references among the samples, ascending
   */
  record Neighbours(ReferenceFeatures references, int k, List<Integer> places) {

    /** Spread evenly over the samples. */
    static Neighbours of(List<Sample> samples) {
      int count = Math.min(ReferenceFeatures.MOST, samples.size());
      List<Integer> places =
          IntStream.range(0, count)
              .mapToObj(i -> (int) ((long) i * samples.size() / count))
              .toList();
      List<float[]> features =
          places.stream().map(at -> samples.get(at).features().getFirst()).toList();
      return new Neighbours(
          ReferenceFeatures.of(features), Math.max(1, count / REFERENCES_A_NEIGHBOUR), places);
    }

    /** The samples' scores; a reference is not its own neighbour. */
    double[] scores(List<Sample> samples) {
      int[] reference = IntStream.range(0, samples.size()).map(_ -> -1).toArray();
      for (int i = 0; i < places.size(); i++) {
        reference[places.get(i)] = i;
      }
      return IntStream.range(0, samples.size())
          .parallel()
          .mapToDouble(
              i -> references.distance(samples.get(i).features().getFirst(), k, reference[i]))
          .toArray();
    }

    /** The score of images that are not among the samples. */
    NoveltyScore score() {
      return new NoveltyScore.Nearest(references, k);
    }
  }
}
