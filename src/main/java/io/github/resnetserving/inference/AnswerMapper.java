package io.github.resnetserving.inference;

import io.github.resnetserving.heads.Head;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Answer.Explanation;
import io.github.resnetserving.inference.Answer.HeadClassification;
import io.github.resnetserving.inference.Answer.Scores;
import io.github.resnetserving.inference.PendingImage.RawOutputs;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.NetworkOutput;
import java.util.List;

/** Maps a network's raw outputs to answers. */
final class AnswerMapper {

  private AnswerMapper() {}

  static Classification classification(List<NetworkOutput> outputs, ServedModel model, int k) {
    List<float[]> logits = outputs.stream().map(NetworkOutput::logits).toList();
    return new Classification(
        Ranking.topOfMean(logits, model.spec().labels(), k), logits, List.of());
  }

  /**
   * What heads say of the features of one forward pass.
   *
   * @param k how many classes; a head with fewer tells them all
   */
  static Classification byHeads(List<NetworkOutput> outputs, List<Head> heads, int k) {
    return new Classification(
        List.of(), List.of(), heads.stream().map(head -> byHead(outputs, head, k)).toList());
  }

  private static HeadClassification byHead(List<NetworkOutput> outputs, Head head, int k) {
    List<float[]> logits = outputs.stream().map(output -> head.logits(output.features())).toList();
    int count = Math.min(k, head.labels().count());
    return new HeadClassification(head, Ranking.topOfMean(logits, head.labels(), count), logits);
  }

  static Scores scores(NetworkOutput output, ServedModel model, List<Head> heads) {
    Labels labels = heads.isEmpty() ? model.spec().labels() : heads.getFirst().labels();
    float[] logits = heads.isEmpty() ? output.logits() : heads.getFirst().logits(output.features());
    double[] exact = Ranking.softmax(logits);
    float[] probabilities = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      probabilities[i] = (float) exact[i];
    }
    return new Scores(labels, logits, probabilities, output.features());
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
            index, model.spec().labels().get(index), Ranking.softmax(map.logits())[index]),
        map,
        seen.surroundings());
  }

  /**
   * One vector for several of the same length: their mean, scaled to a Euclidean length of 1 or
   * not.
   */
  static float[] vector(List<float[]> vectors, boolean l2) {
    float[] mean = vectors.size() == 1 ? vectors.getFirst() : mean(vectors);
    return l2 ? normalized(mean) : mean;
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

  private static float[] normalized(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double length = Math.sqrt(squares);
    float[] scaled = new float[vector.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = length == 0 ? 0 : (float) (vector[i] / length); // no direction: stays zero
    }
    return scaled;
  }
}
