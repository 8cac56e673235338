package io.github.resnetserving.inference;

import io.github.resnetserving.heads.Head;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request.
 *
 * @param <T> the answer for one image
 */
public sealed interface Answer<T> {

  /**
   * Every image has its outcome.
   *
   * @param model which model answered
   * @param outcomes the i-th belongs to the i-th image of the request
   * @param reuse how far the network's outputs were there already
   */
  record Answered<T>(ServedModel model, List<Outcome<T>> outcomes, Timing timing, Reuse reuse)
      implements Answer<T> {

    public Answered {
      outcomes = List.copyOf(outcomes);
    }
  }

  /** The request as a whole could not be served; no image was looked at. */
  record Refused<T>(Failure failure) implements Answer<T> {}

  /** The same answer in another form. */
  default <U> Answer<U> map(Function<T, U> form) {
    return switch (this) {
      case Refused<T>(var failure) -> new Refused<>(failure);
      case Answered<T>(var model, var outcomes, var timing, var reuse) ->
          new Answered<>(
              model, outcomes.stream().map(outcome -> outcome.map(form)).toList(), timing, reuse);
    };
  }

  /**
   * The classes of one image.
   *
   * @param predictions the most probable classes, best first
   * @param logits (classes,) the scores before softmax, of each crop; not copied
   * @param verdict how far the first of them can be trusted; null where heads answer
   * @param heads what the heads say that were asked for; then nothing is said by the model's own
   *     classifier, and predictions and logits are empty
   */
  record Classification(
      List<Prediction> predictions,
      List<float[]> logits,
      @Nullable Verdict verdict,
      List<HeadClassification> heads) {

    public Classification {
      predictions = List.copyOf(predictions);
      logits = List.copyOf(logits);
      heads = List.copyOf(heads);
    }
  }

  /**
   * The classes of one image by a head.
   *
   * @param predictions the most probable of the head's classes, best first
   * @param logits (classes,) scores, whose softmax are the probabilities, of each crop; not copied
   */
  record HeadClassification(Head head, List<Prediction> predictions, List<float[]> logits) {

    public HeadClassification {
      predictions = List.copyOf(predictions);
      logits = List.copyOf(logits);
    }
  }

  /**
   * How far an answer can be trusted.
   *
   * @param index the most probable class
   * @param confidence its probability, calibrated where the model stores a temperature
   * @param novelty share of the reference's images that are no more unfamiliar; null where the
   *     model stores no reference
   * @param abstain whether the answer is not sure enough; null where nobody has said what is
   */
  record Verdict(
      int index, double confidence, @Nullable Double novelty, @Nullable Boolean abstain) {}

  /**
   * What is wanted of a classification.
   *
   * @param topK how many classes; null for the smaller of 5 and the number of classes
   * @param calibrated true where the model must store a temperature, false for the plain softmax,
   *     null for the temperature where there is one
   * @param abstainBelow the probability below which an answer abstains, instead of the model's
   *     thresholds; null for those
   */
  record ClassOptions(
      @Nullable Integer topK, @Nullable Boolean calibrated, @Nullable Double abstainBelow) {

    private static final int DEFAULT_TOP_K = 5;

    /** The defaults. */
    public static ClassOptions top(@Nullable Integer topK) {
      return new ClassOptions(topK, /* calibrated= */ null, /* abstainBelow= */ null);
    }

    /** How many of so many classes are wanted, which may be more than there are. */
    int topKOf(int classes) {
      return topK == null ? Math.min(DEFAULT_TOP_K, classes) : topK;
    }
  }

  /**
   * All that a network, or a head in its classifier's place, says of one image. The arrays are not
   * copied.
   *
   * @param labels the classes
   * @param logits (classes,) the scores before softmax
   * @param probabilities (classes,) numbers that sum to 1
   * @param features (width,) the global average pool of the last stage
   * @param verdict null where there are no classes
   */
  @SuppressWarnings("ArrayRecordComponent") // thousands of numbers on the hot path
  record Scores(
      Labels labels,
      float[] logits,
      float[] probabilities,
      float[] features,
      @Nullable Verdict verdict) {}

  /**
   * Where in an image a network sees a class.
   *
   * @param prediction the class and its probability
   * @param map covers the crop
   * @param surroundings where the crop lies in the image, and the image where the request's view is
   *     {@link io.github.resnetserving.models.Preprocessing.CropMode#CENTER_WITH_IMAGE}; null where
   *     it is not known
   */
  record Explanation(
      Prediction prediction, ClassActivationMap map, @Nullable CropGeometry surroundings) {

    /** The logit of the class. */
    public float logit() {
      return map.logits()[map.classIndex()];
    }
  }

  /**
   * Where a request's time went; for several images the largest of each, since they run side by
   * side. All in nanoseconds.
   *
   * @param decodeNanos from bytes to pixels
   * @param preprocessNanos resize and crop
   * @param queueNanos waiting for a batch to start
   * @param inferenceNanos the batch
   * @param totalNanos from the request's headers to the answer
   * @param batchSize images in the batch, those of other requests included; 0 if none ran
   */
  record Timing(
      long decodeNanos,
      long preprocessNanos,
      long queueNanos,
      long inferenceNanos,
      long totalNanos,
      int batchSize) {

    static final Timing NONE = new Timing(0, 0, 0, 0, 0, 0);

    Timing max(Timing other) {
      return new Timing(
          Math.max(decodeNanos, other.decodeNanos),
          Math.max(preprocessNanos, other.preprocessNanos),
          Math.max(queueNanos, other.queueNanos),
          Math.max(inferenceNanos, other.inferenceNanos),
          Math.max(totalNanos, other.totalNanos),
          Math.max(batchSize, other.batchSize));
    }

    Timing withTotal(long nanos) {
      return new Timing(decodeNanos, preprocessNanos, queueNanos, inferenceNanos, nanos, batchSize);
    }
  }
}
