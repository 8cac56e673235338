package io.github.resnetserving.image;

/** The header claims more pixels than are allowed; no pixel was decoded. */
public final class TooManyPixelsException extends ImageException {

  private TooManyPixelsException(String what) {
    super(what + " Send a smaller version.", null);
  }

  TooManyPixelsException(long width, long height, long maxPixels) {
    this(
        "The image claims %d x %d pixels; at most %d pixels are decoded."
            .formatted(width, height, maxPixels));
  }

  /** For a side that is too long by itself. */
  static TooManyPixelsException ofSide(long width, long height, long maxSide) {
    return new TooManyPixelsException(
        "The image claims %d x %d pixels; a side has at most %d pixels."
            .formatted(width, height, maxSide));
  }

  TooManyPixelsException(ImageFailure failure) {
    super(failure.message(), null);
  }
}
