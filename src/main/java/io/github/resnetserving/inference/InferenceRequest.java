package io.github.resnetserving.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pictures and who shall look at them.
 *
 * @param model a model's name, or null for the default one
 * @param version one of its versions, or null for the newest that is ready
 * @param images encoded pictures, at least one; not copied
 */
public record InferenceRequest(
    @Nullable String model, @Nullable String version, List<byte[]> images, Deadline deadline) {

  public InferenceRequest {
    images = List.copyOf(images);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("there are no images");
    }
  }
}
