package io.github.resnetserving.image;

/**
 * What one image may cost while it is decoded, and who hears of it. Decoders say what the file
 * claims before they allocate anything for it, and how much they have worked while they do. Not
 * thread-safe: one for each image.
 */
final class DecodeRules {

  /** Pixels or bytes of work between two looks at the clock. */
  static final int STRETCH = 1 << 16;

  /** What {@link PreparationListener#onSize} counts a pixel for, in bytes of memory. */
  static final int BYTES_PER_PIXEL = 8;

  /** The slowest decoder takes a tenth of this for each pixel or byte. */
  private static final long NANOS_PER_UNIT = 500;

  /** For a program that has just started, and for machines that do other things meanwhile. */
  private static final long NANOS_FOR_ANY = 5_000_000_000L;

  private final DecodePolicy policy;
  private final int enough;
  private final PreparationListener listener;
  private long size; // the larger of the file's bytes and the pixels that it claims
  private long worked; // since the last look at the clock

  /**
   * @param bytes of the file
   * @param enough see {@link #enough}
   */
  DecodeRules(DecodePolicy policy, long bytes, int enough, PreparationListener listener) {
    this.policy = policy;
    this.size = bytes;
    this.enough = enough;
    this.listener = listener;
  }

  /**
   * Admits a claimed size. Decoders call it before they allocate anything that grows with it, and
   * may call it more than once for one image.
   *
   * @param width columns, up to 2^32 - 1
   * @param height rows, up to 2^32 - 1
   */
  void admit(long width, long height) throws ImageException {
    policy.admit(width, height);
    size = Math.max(size, width * height);
    listener.onSize(width * height);
  }

  /**
   * Announces all memory that decoding will hold at a time. Called before it is allocated; matters
   * where that is more than {@link #BYTES_PER_PIXEL} for each pixel.
   */
  void reserve(long bytes) {
    listener.onSize(Math.ceilDiv(bytes, BYTES_PER_PIXEL));
  }

  /**
   * Says that so many pixels or bytes have been gone over. Called in every loop of a decoder whose
   * length the file decides.
   *
   * @throws ImageException.TooCostly if the image has taken more time than its size explains
   */
  void spend(long units) throws ImageException.TooCostly {
    worked += units;
    if (worked >= STRETCH) {
      worked = 0;
      if (listener.onProgress() - NANOS_FOR_ANY > size * NANOS_PER_UNIT) {
        throw new ImageException.TooCostly(
            "Decoding the image takes longer than an image of its size may take.");
      }
    }
  }

  /** Pixels of an image at most, for libraries that take a limit. */
  long maxPixels() {
    return policy.maxPixels();
  }

  /** What transparent images are composited on. */
  Background background() {
    return policy.background();
  }

  /** The shorter side in pixels that is enough, for decoders that can scale; never too much. */
  int enough() {
    return enough;
  }
}
