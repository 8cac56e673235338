package io.github.resnetserving.inference;

import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.confidence.Temperature;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Answer.Explanation;
import io.github.resnetserving.inference.Answer.HeadClassification;
import io.github.resnetserving.inference.Answer.Scores;
import io.github.resnetserving.inference.Answer.Verdict;
import io.github.resnetserving.inference.PendingImage.RawOutputs;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.NetworkOutput;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Maps a network's raw outputs to answers. */
final class AnswerMapper {

  private AnswerMapper() {}

  static Classification classification(
      List<NetworkOutput> outputs, ServedModel model, int k, ClassOptions options) {
    List<float[]> logits = outputs.stream().map(NetworkOutput::logits).toList();
    Confidence confidence = model.confidence();
    Labels labels = model.spec().labels();
    boolean plain = Boolean.FALSE.equals(options.calibrated());
    List<Prediction> predictions =
        Ranking.topOfMean(logits, labels, k, plain ? Temperature.NONE : confidence.temperature());
    Prediction first = predictions.getFirst();
    Double below = options.abstainBelow();
    Boolean abstain = null;
    if (below != null) {
      abstain = first.probability() < below;
    } else if (!plain && confidence.hasThresholds()) {
      abstain = confidence.abstains(first.index(), first.probability());
    }
    double calibrated =
        plain
            ? Ranking.topOfMean(logits, labels, 1, confidence.temperature())
                .getFirst()
                .probability()
            : first.probability();
    return new Classification(
        predictions,
        logits,
        new Verdict(first.index(), calibrated, novelty(outputs, logits, confidence), abstain),
        List.of());
  }

  private static @Nullable Double novelty(
      List<NetworkOutput> outputs, List<float[]> logits, Confidence confidence) {
    return confidence.hasNovelty()
        ? confidence
            .novelty(logits, outputs.stream().map(NetworkOutput::features).toList())
            .orElse(null)
        : null;
  }

  /**
   * What heads say of the features of one forward pass. The model's temperature and thresholds are
   * of its own classes and do not apply.
   *
   * @param k how many classes; a head with fewer tells them all
   */
  static Classification byHeads(List<NetworkOutput> outputs, List<Head> heads, int k) {
    return new Classification(
        List.of(),
        List.of(),
        /* verdict= */ null,
        heads.stream().map(head -> byHead(outputs, head, k)).toList());
  }

  private static HeadClassification byHead(List<NetworkOutput> outputs, Head head, int k) {
    List<float[]> logits = outputs.stream().map(output -> head.logits(output.features())).toList();
    int count = Math.min(k, head.labels().count());
    return new HeadClassification(
        head, Ranking.topOfMean(logits, head.labels(), count, Temperature.NONE), logits);
  }

  static Scores scores(NetworkOutput output, ServedModel model, List<Head> heads) {
    if (!heads.isEmpty()) {
      Head head = heads.getFirst();
      float[] logits = head.logits(output.features());
      float[] probabilities = floats(Ranking.softmax(logits, Temperature.NONE));
      return new Scores(head.labels(), logits, probabilities, output.features(), null);
    }
    Confidence confidence = model.confidence();
    double[] exact = Ranking.softmax(output.logits(), confidence.temperature());
    return new Scores(
        model.spec().labels(),
        output.logits(),
        floats(exact),
        output.features(),
        verdict(output, exact, confidence));
  }

  private static float[] floats(double[] exact) {
    float[] probabilities = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      probabilities[i] = (float) exact[i];
    }
    return probabilities;
  }

  private static @Nullable Verdict verdict(
      NetworkOutput output, double[] probabilities, Confidence confidence) {
    if (probabilities.length == 0) {
      return null;
    }
    int index = Ranking.topIndices(output.logits(), 1)[0];
    return new Verdict(
        index,
        probabilities[index],
        novelty(List.of(output), List.of(output.logits()), confidence),
        confidence.hasThresholds() ? confidence.abstains(index, probabilities[index]) : null);
  }

  static FeatureMap summary(List<IntermediateOutput> outputs, boolean l2) {
    List<FeatureMap> maps = outputs.stream().map(FeatureMap.class::cast).toList();
    FeatureMap first = maps.getFirst();
    return new FeatureMap(
        first.channels(),
        first.height(),
        first.width(),
        vector(maps.stream().map(FeatureMap::values).toList(), l2));
  }

  static Explanation explanation(RawOutputs<IntermediateOutput> seen, ServedModel model) {
    ClassActivationMap map = (ClassActivationMap) seen.outputs().getFirst();
    int index = map.classIndex();
    return new Explanation(
        new Prediction(
            index,
            model.spec().labels().get(index),
            Ranking.softmax(map.logits(), model.confidence().temperature())[index]),
        map,
        seen.surroundings());
  }

  /**
   * One vector for several of the same length: their mean, scaled to a Euclidean length of 1 or
   * not.
   */
  static float[] vector(List<float[]> vectors, boolean l2) {
    float[] mean = vectors.size() == 1 ? vectors.getFirst() : mean(vectors);
    return l2 ? NetworkOutput.unit(mean) : mean;
  }

  private static float[] mean(List<float[]> vectors) {
    float[] mean = new float[vectors.getFirst().length];
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      for (float[] vector : vectors) {
        sum += vector[i];
      }
      mean[i] = (float) (sum / vectors.size());
    }
    return mean;
  }
}
