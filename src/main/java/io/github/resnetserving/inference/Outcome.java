package io.github.resnetserving.inference;

import io.github.resnetserving.image.PreparedImage.ImageInfo;
import java.util.function.Function;

/**
 * What became of one image.
 *
 * @param <T> the answer for one image
 */
public sealed interface Outcome<T> {

  /** It was answered. */
  record Success<T>(T value, ImageInfo image) implements Outcome<T> {}

  /** It was not. */
  record Failed<T>(Failure failure) implements Outcome<T> {}

  /** The same outcome in another form. */
  default <U> Outcome<U> map(Function<T, U> form) {
    return switch (this) {
      case Success<T>(var value, var image) -> new Success<>(form.apply(value), image);
      case Failed<T>(var failure) -> new Failed<>(failure);
    };
  }
}
