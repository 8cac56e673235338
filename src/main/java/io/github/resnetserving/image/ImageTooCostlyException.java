package io.github.resnetserving.image;

/**
 * Decoding the image would cost, or has cost, more time or memory than one image may: its decoder
 * was stopped, or never started. Other images are not affected.
 */
public final class ImageTooCostlyException extends ImageException {

  public ImageTooCostlyException(String what) {
    super(what + " Convert it to JPEG or PNG with an image editor and send that.", null);
  }

  ImageTooCostlyException(ImageFailure failure) {
    super(failure.message(), null);
  }
}
