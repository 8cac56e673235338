package io.github.resnetserving.image;

/**
 * What an image may cost, and what is behind it where it is transparent.
 *
 * @param maxPixels width times height of the largest image that is decoded; at most 700 million,
 *     the most whose bytes fit one array
 * @param background what transparent images are composited on
 * @param detail how much of a JPEG is decoded
 */
public record DecodePolicy(long maxPixels, Background background, Detail detail) {

  /** How much of a JPEG that is to be resized is decoded. */
  public enum Detail {
    /** Every pixel, as torchvision does. */
    EXACT,
    /**
     * Half, a quarter or an eighth of each side, as long as that is not smaller than what it is
     * resized to: libjpeg-turbo scales while it transforms, which costs less and gives slightly
     * other pixels. Without that library the same as exact.
     */
    FAST
  }

  /** Pixels of a side at most, which is libpng's limit too: some memory grows with a row alone. */
  static final int MAX_SIDE = 1_000_000;

  /** 50 million pixels, some 150 MB while decoding; white. */
  public static final DecodePolicy DEFAULT = new DecodePolicy(50_000_000, Background.WHITE);

  /** Decodes every pixel. */
  public DecodePolicy(long maxPixels, Background background) {
    this(maxPixels, background, Detail.EXACT);
  }

  public DecodePolicy {
    if (maxPixels < 1 || maxPixels > 700_000_000) {
      throw new IllegalArgumentException(
          "maxPixels is %d: it must be between 1 and 700000000".formatted(maxPixels));
    }
  }

  /** Refuses a claimed size, up to 2^32 - 1 columns and rows, that is nothing or too much. */
  void admit(long width, long height) throws ImageException {
    if (width < 1 || height < 1) {
      throw new ImageException.Unreadable(
          "The image claims %d x %d pixels.".formatted(width, height));
    }
    // A quotient, because the product of two 32-bit sizes overflows even a long.
    if (width > maxPixels / height) {
      throw new ImageException.TooManyPixels(width, height, maxPixels);
    }
    if (Math.max(width, height) > MAX_SIDE) {
      throw ImageException.TooManyPixels.ofSide(width, height, MAX_SIDE);
    }
  }
}
