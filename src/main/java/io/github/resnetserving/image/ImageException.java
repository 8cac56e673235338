package io.github.resnetserving.image;

import org.jspecify.annotations.Nullable;

/** Why an image was refused. Messages are for the person who sent it: what is wrong, what to do. */
public abstract sealed class ImageException extends Exception
    permits UnsupportedImageException,
        UnreadableImageException,
        TooManyPixelsException,
        ImageTooCostlyException {

  ImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
