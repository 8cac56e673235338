package io.github.resnetserving.protocol;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.model.NormalizedPicture;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for inference, however it came.
 *
 * @param model the model's name
 * @param version null for the newest that is ready
 * @param outputs those that are asked for; none for all
 */
record InferenceCall(
    String model,
    @Nullable String version,
    Input input,
    List<RequestedOutput> outputs,
    Deadline deadline) {

  /** What the pictures are. */
  sealed interface Input {

    /** Encoded pictures, from {@code image}. */
    record Images(List<byte[]> encoded) implements Input {}

    /** Numbers, from {@code input}. */
    record Numbers(List<NormalizedPicture> pictures) implements Input {}
  }

  /**
   * One output.
   *
   * @param classes how many of the best classes to give instead of numbers; 0 for numbers
   */
  record RequestedOutput(String name, int classes) {}
}
