package io.github.resnetserving.image;

/** One of the ways a picture cannot be used. */
public final class UnsupportedImageException extends ImageException {

  public UnsupportedImageException(String message) {
    super(message);
  }
}
