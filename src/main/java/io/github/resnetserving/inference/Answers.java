package io.github.resnetserving.inference;

import io.github.resnetserving.model.ClassActivationMap;
import io.github.resnetserving.model.FeatureMap;
import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Prediction;
import io.github.resnetserving.ranking.Ranking;
import java.util.List;

/** What a network's outputs are to who asked. */
final class Answers {

  private Answers() {}

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

  static FeatureMap summary(List<Inspected> outputs, boolean l2) {
    List<FeatureMap> maps = outputs.stream().map(FeatureMap.class::cast).toList();
    FeatureMap first = maps.getFirst();
    return new FeatureMap(
        first.channels(),
        first.height(),
        first.width(),
        Vectors.summary(maps.stream().map(FeatureMap::values).toList(), l2));
  }

  static Explanation explanation(Seen<Inspected> seen, ServedModel model) {
    ClassActivationMap map = (ClassActivationMap) seen.outputs().getFirst();
    int index = map.classIndex();
    return new Explanation(
        new Prediction(
            index, model.spec().labels().get(index), Ranking.softmax(map.logits())[index]),
        map,
        seen.surroundings());
  }
}
