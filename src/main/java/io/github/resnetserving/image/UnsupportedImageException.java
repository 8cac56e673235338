package io.github.resnetserving.image;

/** The bytes are in no format that is read, or in a variant of one that no decoder here reads. */
public final class UnsupportedImageException extends ImageException {

  UnsupportedImageException(String what) {
    super(what + " Send one of " + ImageFormat.NAMES + ".", null);
  }

  UnsupportedImageException(ImageFailure failure) {
    super(failure.message(), null);
  }
}
