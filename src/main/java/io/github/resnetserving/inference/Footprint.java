package io.github.resnetserving.inference;

import io.github.resnetserving.heads.Head;
import io.github.resnetserving.models.Preprocessing.CropMode;
import java.util.List;

/**
 * An upper bound of the memory that computing an answer takes, in bytes, besides the encoded images
 * and the pixels while they are decoded: crops that wait for the network, its outputs, and the
 * results until they are written.
 */
final class Footprint {

  /** Numbers in the pooled features of the widest published residual networks. */
  private static final int WIDEST = 2048;

  /** Bytes of a class's name, index and probability, as result and as it is written. */
  private static final int PREDICTION = 200;

  /** Most images that are being computed at the same time, each also as a part of its batch. */
  private static final int COMPUTED = 16;

  /** A photograph of 1024 × 1024 pixels with its map: as bytes, as integers, and compressed. */
  private static final long DRAWING = 10L << 20;

  private Footprint() {}

  static long ofClasses(InferenceRequest request, ServedModel model, int topK) {
    long classes = model.spec().labels().count();
    long result = request.view().crops() * classes * Float.BYTES + (long) topK * PREDICTION;
    return of(request, model, classes + WIDEST, result);
  }

  /** Besides the network's outputs each head's scores and classes. */
  static long ofHeads(InferenceRequest request, ServedModel model, List<Head> heads, int topK) {
    long result = 0;
    for (Head head : heads) {
      long classes = head.labels().count();
      result +=
          request.view().crops() * classes * Float.BYTES + Math.min(topK, classes) * PREDICTION;
    }
    return of(request, model, model.spec().labels().count() + WIDEST, result);
  }

  static long ofFeatures(InferenceRequest request, ServedModel model) {
    return of(request, model, model.spec().labels().count() + WIDEST, 2L * WIDEST * Float.BYTES);
  }

  /** Logits, probabilities and features, and the same once more as they are written. */
  static long ofScores(InferenceRequest request, ServedModel model) {
    long numbers = 2L * model.spec().labels().count() + WIDEST;
    return of(request, model, numbers, 2 * numbers * Float.BYTES);
  }

  /**
   * Likewise for a stage's maps.
   *
   * @param numbers of one map
   */
  static long ofMaps(InferenceRequest request, ServedModel model, long numbers, boolean scaled) {
    boolean copied = scaled || request.view() == CropMode.TEN;
    return of(request, model, numbers, copied ? numbers * Float.BYTES : 0);
  }

  static long ofExplanation(InferenceRequest request, ServedModel model) {
    long drawing = request.view() == CropMode.CENTER_WITH_IMAGE ? DRAWING : 0;
    return of(request, model, model.spec().labels().count() + WIDEST, drawing);
  }

  /**
   * @param outputs numbers that the network gives for a crop
   * @param result bytes of an image's result besides those
   */
  private static long of(InferenceRequest request, ServedModel model, long outputs, long result) {
    long images = request.images().size();
    long side = model.spec().preprocessing().crop();
    long crops = request.view().crops();
    long ahead =
        request.view() == CropMode.TEN
            ? Math.min(images, InferencePipeline.TEN_CROPS_AHEAD)
            : images;
    long batched = Math.min(ahead * crops, COMPUTED);
    return ahead * crops * (side * side * 3 + outputs * Float.BYTES)
        + batched * outputs * Float.BYTES
        + images * result;
  }
}
