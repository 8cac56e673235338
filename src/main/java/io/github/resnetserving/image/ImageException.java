package io.github.resnetserving.image;

/** A picture that cannot be used; the message tells why, in words for whoever sent it. */
public abstract sealed class ImageException extends Exception
    permits UnsupportedImageException, UnreadableImageException, TooManyPixelsException {

  ImageException(String message) {
    super(message);
  }
}
