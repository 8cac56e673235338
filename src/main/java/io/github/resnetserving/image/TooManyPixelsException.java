package io.github.resnetserving.image;

/** One of the ways a picture cannot be used. */
public final class TooManyPixelsException extends ImageException {

  public TooManyPixelsException(String message) {
    super(message);
  }
}
