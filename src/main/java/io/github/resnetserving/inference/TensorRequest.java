package io.github.resnetserving.inference;

import io.github.resnetserving.tensor.NormalizedImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Images that need no decoding and who shall look at them.
 *
 * @param model a model's name, or null for the default one
 * @param version one of its versions, or null for the newest that is ready
 * @param images at least one, each of the model's crop size
 */
public record TensorRequest(
    @Nullable String model,
    @Nullable String version,
    List<NormalizedImage> images,
    Deadline deadline) {

  public TensorRequest {
    images = List.copyOf(images);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("there are no images");
    }
  }
}
