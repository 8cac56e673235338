package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.LinkedBlockingDeque;
import org.jspecify.annotations.Nullable;

/**
 * The memory that images are prepared in, one after the other, so that an image leaves nothing to
 * the garbage collector but its crops. Not thread-safe: {@link Pool} lends it to one call at a
 * time, and everything that it gives belongs to the workspace and ends with that call.
 *
 * <p>What is kept is bounded: no native buffer grows beyond {@link #KEPT}, no array beyond {@link
 * Scratch#KEPT}. An image that needs more gets memory of its own, which is freed when the call
 * ends. Kept native memory is freed once nothing reaches the workspace, so no address outlives its
 * memory.
 */
final class DecodeBuffers {

  /** Bytes of the largest buffer that is kept: an image of 1920 x 1080 with transparency. */
  static final int KEPT = 8 << 20;

  private static final int SMALLEST = 1 << 16;

  private MemorySegment file = MemorySegment.NULL;
  private MemorySegment samples = MemorySegment.NULL;
  private @Nullable Arena large; // for this call alone
  private long largeBytes; // of it

  private final Scratch row = new Scratch();
  private final Scratch previousRow = new Scratch();
  private final Scratch inflated = new Scratch();
  private final Scratch line = new Scratch();
  private final Resampler resampler = new Resampler();

  /** A file in native memory. */
  MemorySegment file(byte[] encoded) {
    if (encoded.length > file.byteSize() && encoded.length <= KEPT) {
      file = grown(encoded.length);
    }
    MemorySegment whole = encoded.length <= KEPT ? file : large(encoded.length);
    MemorySegment copy = whole.asSlice(0, encoded.length);
    MemorySegment.copy(encoded, 0, copy, JAVA_BYTE, 0, encoded.length);
    return copy;
  }

  /** Native memory for an image's samples; what is in it is left over. */
  MemorySegment samples(long bytes) {
    if (bytes > samples.byteSize() && bytes <= KEPT) {
      samples = grown(bytes);
    }
    return (bytes <= KEPT ? samples : large(bytes)).asSlice(0, bytes);
  }

  /** An image to be written, every pixel of it. */
  Bitmap bitmap(int height, int width) {
    return new Bitmap(height, width, samples((long) height * width * 3));
  }

  /** Memory for other samples beside those, for the few images that need both; it is not kept. */
  MemorySegment another(long bytes) {
    return large(bytes);
  }

  /** Another one beside it, for the few that need two; it is not kept. */
  Bitmap canvas(int height, int width) {
    return new Bitmap(height, width, large((long) height * width * 3));
  }

  /** Twice as much as before at least, so that few are left to the garbage collector. */
  private static MemorySegment grown(long bytes) {
    long enough = Math.max(SMALLEST, Long.highestOneBit(2 * bytes - 1));
    return Arena.ofAuto().allocate(enough);
  }

  @SuppressWarnings("MustBeClosedChecker") // release() closes it
  private MemorySegment large(long bytes) {
    if (large == null) {
      large = Arena.ofConfined();
    }
    largeBytes += bytes;
    return large.allocate(bytes);
  }

  /** A row of stored samples. */
  byte[] row(int length) {
    return row.atLeast(length);
  }

  /** Another one. */
  byte[] previousRow(int length) {
    return previousRow.atLeast(length);
  }

  /** What was inflated and not yet read. */
  byte[] inflated(int length) {
    return inflated.atLeast(length);
  }

  /** A row of RGB. */
  byte[] line(int columns) {
    return line.atLeast(columns * 3);
  }

  Resampler resampler() {
    return resampler;
  }

  /** Frees what was made for one image alone. */
  void release() {
    if (large != null) {
      large.close();
      large = null;
      largeBytes = 0;
    }
  }

  /** Native bytes that are held now; between images that is only what is kept. */
  long heldBytes() {
    return file.byteSize() + samples.byteSize() + largeBytes;
  }

  /**
   * Lends each call buffers that no other call has meanwhile, and keeps as many as can be busy. The
   * one that was given back last is lent first, so that no more are filled than are used at a time.
   * Thread-safe.
   */
  static final class Pool {

    private final LinkedBlockingDeque<DecodeBuffers> idle;

    /**
     * @param kept how many unused buffers are kept at most
     */
    Pool(int kept) {
      this.idle = new LinkedBlockingDeque<>(kept);
    }

    /** Takes buffers, which the same thread must give back. */
    DecodeBuffers borrow() {
      DecodeBuffers workspace = idle.pollFirst();
      return workspace == null ? new DecodeBuffers() : workspace;
    }

    void giveBack(DecodeBuffers workspace) {
      workspace.release();
      var _ = idle.offerFirst(workspace); // one too many is garbage
    }
  }

  /**
   * An array that is used again: it grows to what was asked for, up to {@link #KEPT}; a larger one
   * is made for once. What is in it is left over. Not thread-safe.
   */
  static final class Scratch {

    /** Bytes of the largest array that is kept: what resizing 12 million pixels to 224 takes. */
    static final int KEPT = 2 << 20;

    private byte[] kept = {};

    /** An array of at least so many bytes, in the hands of the caller until the next call. */
    byte[] atLeast(int length) {
      if (length <= kept.length) {
        return kept;
      }
      byte[] bytes = new byte[length];
      if (length <= KEPT) {
        kept = bytes;
      }
      return bytes;
    }
  }
}
