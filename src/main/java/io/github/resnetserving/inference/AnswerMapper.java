package io.github.resnetserving.inference;

import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.tensor.ClassActivationMap;
import io.github.resnetserving.tensor.FeatureMap;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.NetworkOutput;
import java.util.List;

/** Maps a network's raw outputs to answers. */
final class AnswerMapper {

  private AnswerMapper() {}

  static Classification classification(List<NetworkOutput> outputs, ServedModel model, int k) {
    List<float[]> logits = outputs.stream().map(NetworkOutput::logits).toList();
    return new Classification(Ranking.topOfMean(logits, model.spec().labels(), k), logits);
  }

  static Scores scores(NetworkOutput output) {
    double[] exact = Ranking.softmax(output.logits());
    float[] probabilities = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      probabilities[i] = (float) exact[i];
    }
    return new Scores(output.logits(), probabilities, output.features());
  }

  static FeatureMap summary(List<IntermediateOutput> outputs, boolean l2) {
    List<FeatureMap> maps = outputs.stream().map(FeatureMap.class::cast).toList();
    FeatureMap first = maps.getFirst();
    return new FeatureMap(
        first.channels(),
        first.height(),
        first.width(),
        Vectors.summary(maps.stream().map(FeatureMap::values).toList(), l2));
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
}
