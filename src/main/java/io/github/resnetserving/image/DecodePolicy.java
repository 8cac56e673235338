package io.github.resnetserving.image;

/**
 * What a picture may cost, and what is behind it where it is transparent.
 *
 * @param maxPixels width times height of the largest picture that is decoded; at most 700 million,
 *     the most whose bytes fit one array
 * @param background what transparent pictures are composited on
 */
public record DecodePolicy(long maxPixels, Background background) {

  /** 50 million pixels, some 150 MB while decoding; white. */
  public static final DecodePolicy DEFAULT = new DecodePolicy(50_000_000, Background.WHITE);

  public DecodePolicy {
    if (maxPixels < 1 || maxPixels > 700_000_000) {
      throw new IllegalArgumentException(
          "maxPixels is %d: it must be between 1 and 700000000".formatted(maxPixels));
    }
  }

  /**
   * Admits a claimed size. Decoders call it before they allocate anything that grows with it.
   *
   * @param width columns, up to 2^32 - 1
   * @param height rows, up to 2^32 - 1
   */
  void admit(long width, long height) throws ImageException {
    if (width < 1 || height < 1) {
      throw new UnreadableImageException(
          "The image claims %d x %d pixels.".formatted(width, height));
    }
    // A quotient, because the product of two 32-bit sizes overflows even a long.
    if (width > maxPixels / height) {
      throw new TooManyPixelsException(width, height, maxPixels);
    }
  }
}
