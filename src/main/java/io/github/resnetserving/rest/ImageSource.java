package io.github.resnetserving.rest;

import org.jspecify.annotations.Nullable;

/** One image as a body names it. */
sealed interface ImageSource {

  /** Its bytes are in the body, or it is wrong. */
  record Inline(ImagePart image) implements ImageSource {}

  /**
   * It is to be brought.
   *
   * @param where its place in the body, for problems
   */
  record Remote(@Nullable String id, String where, String url) implements ImageSource {}
}
