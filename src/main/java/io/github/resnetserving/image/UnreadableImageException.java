package io.github.resnetserving.image;

import org.jspecify.annotations.Nullable;

/** The bytes begin as a known format does, but are truncated or corrupt. */
public final class UnreadableImageException extends ImageException {

  public UnreadableImageException(String what) {
    this(what, null);
  }

  UnreadableImageException(String what, @Nullable Throwable cause) {
    super(what + " Check that the file is complete and opens in an image viewer.", cause);
  }

  UnreadableImageException(ImageFailure failure) {
    super(failure.message(), null);
  }
}
