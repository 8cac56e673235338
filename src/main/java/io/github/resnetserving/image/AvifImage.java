package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.resnetserving.image.Bitmap.Window;
import java.lang.foreign.MemorySegment;

/**
 * libavif's {@code avifImage}: planes of samples, and how they are to be seen. A view of native
 * memory that belongs to the library.
 */
@SuppressWarnings("restricted") // sizes of native memory are the library's to tell
final class AvifImage {

  private static final int BYTES = 168; // up to where something is read or written

  private static final long FORMAT = 12;
  private static final long RANGE = 16;
  private static final long CHROMA_POSITION = 20;
  private static final long PLANES = 24;
  private static final long ROW_BYTES = 48;
  private static final long ALPHA_PLANE = 64;
  private static final long ALPHA_ROW_BYTES = 72;
  private static final long PREMULTIPLIED = 80;
  private static final long PRIMARIES = 104;
  private static final long TRANSFER = 106;
  private static final long MATRIX = 108;

  // avifTransformFlags
  private static final int CROPPED = 2;
  private static final int TURNED = 4;
  private static final int MIRRORED = 8;

  // avifPixelFormat
  private static final int YUV444 = 1;
  private static final int YUV420 = 3;
  private static final int YUV400 = 4;

  private final MemorySegment struct;
  private final LibAvif.Layout layout;

  AvifImage(MemorySegment address, LibAvif.Layout layout) {
    this.struct = address.reinterpret(BYTES);
    this.layout = layout;
  }

  MemorySegment address() {
    return struct;
  }

  int width() {
    return struct.get(JAVA_INT, 0);
  }

  int height() {
    return struct.get(JAVA_INT, 4);
  }

  /** Bits of a sample: 8, 10 or 12. */
  int depth() {
    return struct.get(JAVA_INT, 8);
  }

  /** How planes of chroma are sampled, as the library numbers it. */
  int format() {
    return struct.get(JAVA_INT, FORMAT);
  }

  /** Whether there is alpha. Known once the image is decoded. */
  boolean hasAlpha() {
    return !struct.get(ADDRESS, ALPHA_PLANE).equals(MemorySegment.NULL);
  }

  boolean isMonochrome() {
    return format() == YUV400;
  }

  boolean isSampledAs420() {
    return format() == YUV420;
  }

  /** Whether libyuv has the matrix, by numbers of ITU-T H.273, table 4. */
  boolean hasMatrixOfLibyuv() {
    return switch (number(MATRIX)) {
      case 1, 2, 5, 6, 9 -> true;
      case 12 -> // derived from the primaries
          switch (number(PRIMARIES)) {
            case 1, 2, 5, 6, 9 -> true;
            default -> false;
          };
      case 0 -> isMonochrome();
      default -> false;
    };
  }

  private int number(long at) {
    return struct.get(JAVA_SHORT, at) & 0xffff;
  }

  /** Takes over all that says what samples mean. */
  void takeColorsOf(AvifImage other) {
    for (long at : new long[] {RANGE, CHROMA_POSITION, PREMULTIPLIED}) {
      struct.set(JAVA_INT, at, other.struct.get(JAVA_INT, at));
    }
    for (long at : new long[] {PRIMARIES, TRANSFER, MATRIX}) {
      struct.set(JAVA_SHORT, at, other.struct.get(JAVA_SHORT, at));
    }
  }

  /**
   * A plane's samples, of one byte each for eight bits and of two in native order for more.
   *
   * @param plane 0 for luma, 1 and 2 for chroma, 3 for alpha
   * @param rows native, row by row; empty where there is no such plane
   * @param rowBytes from row to row
   */
  record Plane(int plane, MemorySegment rows, int rowBytes, int width, int height) {}

  Plane plane(int plane) {
    boolean chroma = plane == 1 || plane == 2;
    int width = chroma && format() != YUV444 ? Math.ceilDiv(width(), 2) : width();
    int height = chroma && format() == YUV420 ? Math.ceilDiv(height(), 2) : height();
    MemorySegment start =
        struct.get(ADDRESS, plane == 3 ? ALPHA_PLANE : PLANES + plane * ADDRESS.byteSize());
    int rowBytes = struct.get(JAVA_INT, plane == 3 ? ALPHA_ROW_BYTES : ROW_BYTES + 4L * plane);
    boolean there = !start.equals(MemorySegment.NULL) && rowBytes > 0;
    return there
        ? new Plane(plane, start.reinterpret((long) rowBytes * height), rowBytes, width, height)
        : new Plane(plane, MemorySegment.NULL, 0, 0, 0);
  }

  /** How the image, cropped, is to be turned: first rotated, then mirrored. */
  Orientation orientation() {
    int transforms = struct.get(JAVA_INT, layout.transforms());
    int angle = (transforms & TURNED) == 0 ? 0 : struct.get(JAVA_BYTE, layout.irot());
    boolean mirrored = (transforms & MIRRORED) != 0;
    int axis = mirrored ? struct.get(JAVA_BYTE, layout.irot() + 1) : -1;
    return switch (angle) { // anti-clockwise, in quarters
      case 1 ->
          axis == 1
              ? Orientation.TRANSVERSE
              : axis == 0 ? Orientation.TRANSPOSED : Orientation.TURN_COUNTERCLOCKWISE;
      case 2 ->
          axis == 1
              ? Orientation.FLIPPED
              : axis == 0 ? Orientation.MIRRORED : Orientation.UPSIDE_DOWN;
      case 3 ->
          axis == 1
              ? Orientation.TRANSPOSED
              : axis == 0 ? Orientation.TRANSVERSE : Orientation.TURN_CLOCKWISE;
      default ->
          axis == 1 ? Orientation.MIRRORED : axis == 0 ? Orientation.FLIPPED : Orientation.UPRIGHT;
    };
  }

  /**
   * The part that is to be seen (ISO/IEC 14496-12, section 12.1.4.1): a size, and how far its
   * centre is from the image's, all of them fractions. The whole where that is no part of it with
   * whole pixels.
   */
  Window cleanAperture() {
    Window whole = new Window(0, 0, width(), height());
    if ((struct.get(JAVA_INT, layout.transforms()) & CROPPED) == 0) {
      return whole;
    }
    long columns = size(0);
    long rows = size(8);
    long left = start(width(), columns, 16);
    long top = start(height(), rows, 24);
    boolean within =
        columns > 0
            && rows > 0
            && left >= 0
            && top >= 0
            && left + columns <= width()
            && top + rows <= height();
    return within ? new Window((int) left, (int) top, (int) columns, (int) rows) : whole;
  }

  /** A quotient of two unsigned numbers; -1 where it is no whole number. */
  private long size(long at) {
    long numerator = Integer.toUnsignedLong(struct.get(JAVA_INT, layout.clap() + at));
    long denominator = Integer.toUnsignedLong(struct.get(JAVA_INT, layout.clap() + at + 4));
    return denominator == 0 || numerator % denominator != 0 ? -1 : numerator / denominator;
  }

  /** Where a part of a side begins whose centre is a quotient away; -1 between two pixels. */
  private long start(long side, long part, long at) {
    long numerator = struct.get(JAVA_INT, layout.clap() + at);
    long denominator = Integer.toUnsignedLong(struct.get(JAVA_INT, layout.clap() + at + 4));
    if (denominator == 0) {
      return -1;
    }
    long doubled = (side - part) * denominator + 2 * numerator;
    return doubled % (2 * denominator) == 0 ? doubled / (2 * denominator) : -1;
  }
}
