package io.github.resnetserving.confidence;

import io.github.resnetserving.confidence.ConfidenceFile.NoveltyReference;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a model's answers are to be judged. Thread-safe. */
public final class Confidence {

  /** Of a model for which nothing is stored: the plain softmax, no thresholds, no novelty. */
  public static final Confidence NONE = new Confidence(null, "", null);

  private final @Nullable ConfidenceFile file;
  private final String digest;
  private final @Nullable NoveltyScore score;
  private final double[] quantiles;

  Confidence(@Nullable ConfidenceFile file, String digest, @Nullable NoveltyScore score) {
    this.file = file;
    this.digest = digest;
    this.score = score;
    NoveltyReference novelty = file == null ? null : file.novelty();
    this.quantiles =
        novelty == null
            ? new double[0]
            : novelty.quantiles().stream().mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * Where calibrated probabilities come from.
   *
   * @param digest of {@code confidence.json}
   */
  public record Source(double temperature, String digest) {}

  /** Nothing where no temperature is stored. */
  public Optional<Source> source() {
    return Optional.ofNullable(file).map(found -> new Source(found.temperature(), digest));
  }

  /** What logits are divided by. */
  public double temperature() {
    return file == null ? Temperature.NONE : file.temperature();
  }

  /** Whether {@link #abstains} decides. */
  public boolean hasThresholds() {
    return file != null && !file.thresholds().isEmpty();
  }

  /** Whether an answer of a class is not sure enough; always where the class has no threshold. */
  public boolean abstains(int index, double calibrated) {
    Double threshold = file == null ? null : file.thresholds().get(index);
    return threshold == null || calibrated < threshold;
  }

  /**
   * The share of the reference's images that are no more unfamiliar, from 0 to 1; nothing where no
   * reference is stored.
   *
   * @param logits (classes,) of each view
   * @param features (width,) of each view; the mean of the views' scores counts
   */
  public Optional<Double> novelty(List<float[]> logits, List<float[]> features) {
    if (score == null) {
      return Optional.empty();
    }
    double sum = 0;
    for (int i = 0; i < logits.size(); i++) {
      sum += score.of(logits.get(i), features.get(i));
    }
    double mean = sum / logits.size();
    return Optional.of((double) Statistics.atMost(quantiles, mean) / quantiles.length);
  }

  /** Whether {@link #novelty} gives something. */
  public boolean hasNovelty() {
    return score != null;
  }

  /** What later answers are compared with; nothing where nothing is stored. */
  public Optional<Reference> reference() {
    return Optional.ofNullable(file).map(ConfidenceFile::reference);
  }
}
