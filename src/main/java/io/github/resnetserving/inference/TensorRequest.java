package io.github.resnetserving.inference;

import io.github.resnetserving.model.NormalizedPicture;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pictures that need no decoding and who shall look at them.
 *
 * @param model a model's name, or null for the default one
 * @param version one of its versions, or null for the newest that is ready
 * @param pictures at least one, each of the model's crop size
 */
public record TensorRequest(
    @Nullable String model,
    @Nullable String version,
    List<NormalizedPicture> pictures,
    Deadline deadline) {

  public TensorRequest {
    pictures = List.copyOf(pictures);
    if (pictures.isEmpty()) {
      throw new IllegalArgumentException("there are no pictures");
    }
  }
}
