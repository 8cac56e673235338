package io.github.resnetserving.image;

/** The header claims more pixels than are allowed; no pixel was decoded. */
public final class TooManyPixelsException extends ImageException {

  TooManyPixelsException(long width, long height, long maxPixels) {
    super(
        "The image claims %d x %d pixels; at most %d pixels are decoded. Send a smaller version."
            .formatted(width, height, maxPixels),
        null);
  }

  TooManyPixelsException(ImageFailure failure) {
    super(failure.message(), null);
  }
}
