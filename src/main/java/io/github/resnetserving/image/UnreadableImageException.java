package io.github.resnetserving.image;

/** One of the ways a picture cannot be used. */
public final class UnreadableImageException extends ImageException {

  public UnreadableImageException(String message) {
    super(message);
  }
}
