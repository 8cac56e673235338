package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.HeadChoice;
import io.github.resnetserving.heads.HeadException;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Answer.Explanation;
import io.github.resnetserving.inference.Answer.Scores;
import io.github.resnetserving.inference.PendingImage.RawOutputs;
import io.github.resnetserving.inference.ServedModel.IntermediateLayers;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks of its model: found out before anything is decoded, from what the model can
 * do.
 *
 * @param <T> what each image's answer is
 */
sealed interface Task<T> {

  /** The model cannot do it. */
  record Refused<T>(Failure why) implements Task<T> {}

  /**
   * A pass through the network for each crop.
   *
   * @param queue where crops wait for it
   * @param input what the queue takes of a crop
   * @param layer what is computed, for the cache of outputs; empty where it is not asked
   * @param bytes of memory that the answers of all images need
   * @param answer makes an image's answer of its crops' outputs
   */
  record Forward<I, O, T>(
      BatchQueue<I, O> queue,
      Function<Pixels, I> input,
      String layer,
      long bytes,
      Function<RawOutputs<O>, T> answer)
      implements Task<T> {}

  /**
   * The most probable classes of each image by heads on the model's features, all of one forward
   * pass; without heads by the model's own classifier.
   *
   * @param options what is wanted; a head with fewer classes tells them all
   */
  static Task<Classification> classes(
      InferenceRequest request, ServedModel model, ClassOptions options, HeadChoice choice) {
    List<Head> heads;
    try {
      heads = choice.of(model.spec());
    } catch (HeadException e) {
      return new Refused<>(ModelRefusals.head(e));
    }
    if (!heads.isEmpty()) {
      return classesByHeads(request, model, heads, options);
    }
    int classes = model.spec().labels().count();
    if (classes == 0) {
      return new Refused<>(ModelRefusals.noClasses(model));
    }
    int k = options.topKOf(classes);
    if (k < 1 || k > classes) {
      return new Refused<>(ModelRefusals.topClasses(model, k));
    }
    Failure unjudged = ModelRefusals.judgement(model, options);
    if (unjudged != null) {
      return new Refused<>(unjudged);
    }
    return ofNetwork(
        model,
        Footprint.ofClasses(request, model, k),
        seen -> AnswerMapper.classification(seen.outputs(), model, k, options));
  }

  private static Task<Classification> classesByHeads(
      InferenceRequest request, ServedModel model, List<Head> heads, ClassOptions options) {
    int classes = heads.stream().mapToInt(head -> head.labels().count()).max().orElseThrow();
    int k = options.topKOf(classes);
    if (k < 1 || k > classes) {
      return new Refused<>(ModelRefusals.topClasses(heads, k));
    }
    Failure unjudged = ModelRefusals.judgementOfHeads(options);
    if (unjudged != null) {
      return new Refused<>(unjudged);
    }
    return ofNetwork(
        model,
        Footprint.ofHeads(request, model, heads, k),
        seen -> AnswerMapper.byHeads(seen.outputs(), heads, k));
  }

  /**
   * The global average pool of the last stage; of ten crops their mean.
   *
   * @param l2 whether to scale each to a Euclidean length of 1
   */
  static Task<float[]> features(InferenceRequest request, ServedModel model, boolean l2) {
    return ofNetwork(
        model,
        Footprint.ofFeatures(request, model),
        seen ->
            AnswerMapper.vector(seen.outputs().stream().map(NetworkOutput::features).toList(), l2));
  }

  /** All that the network says of each image's first crop, by its classifier or by a head. */
  static Task<Scores> scores(InferenceRequest request, ServedModel model, List<Head> heads) {
    return ofNetwork(
        model,
        Footprint.ofScores(request, model),
        seen -> AnswerMapper.scores(seen.outputs().getFirst(), model, heads));
  }

  /**
   * The map that a layer gives; of ten crops their mean.
   *
   * @param layer the name of a stage, or {@code stem}
   * @param l2 whether to scale each to a Euclidean length of 1
   */
  static Task<FeatureMap> map(
      InferenceRequest request, ServedModel model, String layer, boolean l2) {
    IntermediateLayers intermediate = model.intermediate();
    List<String> layers = intermediate == null ? List.of() : intermediate.layers();
    if (intermediate == null || !layers.contains(layer)) {
      return new Refused<>(ModelRefusals.layer(model, layer, layers));
    }
    int stage = layers.indexOf(layer);
    return new Forward<>(
        intermediate.queue(),
        crop -> new IntermediateRequest.OfStage(crop, stage),
        layer,
        Footprint.ofMaps(request, model, intermediate.mapSizes().get(stage), l2),
        seen -> AnswerMapper.summary(seen.outputs(), l2));
  }

  /**
   * Where in each image the network sees a class.
   *
   * @param classIndex the class; null for the most probable one of each image
   */
  static Task<Explanation> explanation(
      InferenceRequest request, ServedModel model, @Nullable Integer classIndex) {
    int classes = model.spec().labels().count();
    if (classes == 0) {
      return new Refused<>(ModelRefusals.noClasses(model));
    }
    if (classIndex != null && (classIndex < 0 || classIndex >= classes)) {
      return new Refused<>(ModelRefusals.classIndex(model, classIndex));
    }
    IntermediateLayers intermediate = model.intermediate();
    if (intermediate == null) {
      return new Refused<>(ModelRefusals.noActivationMaps(model));
    }
    int asked = classIndex == null ? IntermediateRequest.OfClass.TOP : classIndex;
    return new Forward<>(
        intermediate.queue(),
        crop -> new IntermediateRequest.OfClass(crop, asked),
        "",
        Footprint.ofExplanation(request, model),
        seen -> AnswerMapper.explanation(seen, model));
  }

  private static <T> Task<T> ofNetwork(
      ServedModel model, long bytes, Function<RawOutputs<NetworkOutput>, T> answer) {
    return new Forward<>(model.queue(), crop -> crop, "network", bytes, answer);
  }
}
