package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.resnetserving.image.Bitmap.Window;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * AVIF through libavif, with which Pillow decodes too: the same bits. Samples of 10 and 12 bits
 * keep their high byte where libavif 1 does that, and where its version 0 does not, here.
 *
 * <p>Where Pillow ignores a clean aperture, the image is cropped to it, as the standard says and
 * browsers do.
 */
final class AvifDecoder implements Decoder {

  /**
   * Bytes for each pixel at most, of samples with one byte: the codec's, libavif's copy of a grid's
   * tiles, and what they are converted to. Samples of two bytes take twice as much.
   */
  private static final int BYTES = 12;

  private final OnDemand<LibAvif> library;

  AvifDecoder(OnDemand<LibAvif> library) {
    this.library = library;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    HeifSizes.admit(encoded, rules);
    LibAvif avif = library.require(ImageFormat.AVIF, "libavif", "libavif15");
    try (LibAvif.Decoder decoder = avif.open(workspace.file(encoded), rules.maxPixels())) {
      check(decoder.parse());
      AvifImage header = decoder.image();
      rules.admit(header.width(), header.height());
      long pixels = (long) header.width() * header.height();
      rules.reserve(encoded.length + pixels * BYTES * Math.ceilDiv(header.depth(), Byte.SIZE));
      check(decoder.decode());
      rules.spend(pixels);
      AvifImage image = decoder.image();
      Bitmap bitmap = toRgb(avif, image, rules, workspace);
      return new Decoded(
          cropped(bitmap, image.cleanAperture(), rules, workspace), image.orientation(), Set.of());
    }
  }

  private static Bitmap toRgb(
      LibAvif avif, AvifImage image, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    int width = image.width();
    int height = image.height();
    MemorySegment samples = workspace.samples((long) width * height * (image.hasAlpha() ? 4 : 3));
    if (avif.layout().highBytes() || !keepsHighBytes(image)) {
      check(avif.convert(image, samples));
    } else {
      AvifImage bytes = avif.ofEightBits(image);
      try {
        for (int plane = 0; plane <= 3; plane++) {
          keepHighBytes(image, bytes, plane, rules, workspace);
        }
        check(avif.convert(bytes, samples));
      } finally {
        avif.destroy(bytes);
      }
    }
    rules.spend((long) width * height);
    return image.hasAlpha()
        ? Rgba.STRAIGHT.composite(samples, height, width, rules, workspace)
        : new Bitmap(height, width, samples);
  }

  /**
   * Whether libavif 1 converts from high bytes: where libyuv has the matrix, and no function for
   * the samples as they are.
   */
  private static boolean keepsHighBytes(AvifImage image) {
    if (image.depth() == Byte.SIZE || !image.hasMatrixOfLibyuv()) {
      return false;
    }
    return image.hasAlpha()
        ? image.isMonochrome() || (image.depth() == 12 && !image.isSampledAs420())
        : !image.isMonochrome();
  }

  private static void keepHighBytes(
      AvifImage from, AvifImage to, int number, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    AvifImage.Plane in = from.plane(number);
    AvifImage.Plane out = to.plane(number);
    int depth = from.depth();
    boolean rounded = number == 3 && from.isMonochrome(); // converted apart, by libavif too
    byte[] line = workspace.line(in.width());
    for (int y = 0; y < in.height(); y++) {
      long row = (long) y * in.rowBytes();
      for (int x = 0; x < in.width(); x++) {
        int sample = in.rows().get(JAVA_SHORT, row + 2L * x);
        line[x] = (byte) (rounded ? toByte(sample, depth) : sample >> (depth - Byte.SIZE));
      }
      MemorySegment.copy(line, 0, out.rows(), JAVA_BYTE, (long) y * out.rowBytes(), in.width());
      rules.spend(in.width());
    }
  }

  private static int toByte(int sample, int depth) {
    int most = (1 << depth) - 1;
    return (sample * 255 + most / 2) / most;
  }

  private static Bitmap cropped(
      Bitmap whole, Window part, DecodeRules rules, DecodeBuffers workspace) throws ImageException {
    if (part.width() == whole.width() && part.height() == whole.height()) {
      return whole;
    }
    // In place: every row moves towards the start.
    Bitmap cropped = new Bitmap(part.height(), part.width(), whole.rgb());
    byte[] line = workspace.line(part.width());
    for (int y = 0; y < part.height(); y++) {
      whole.get(part.top() + y, part.left(), part.width(), line, 0);
      cropped.put(y, 0, line, part.width());
      rules.spend(part.width());
    }
    return cropped;
  }

  private static void check(LibAvif.Result result) throws ImageException {
    switch (result) {
      case OK -> {}
      case TRUNCATED -> throw new ImageException.Unreadable("The AVIF image is truncated.");
      case NO_DECODER ->
          throw new ImageException.Unsupported(
              "The image is in the AVIF format, and libavif on this server has no AV1 decoder.");
      case NOT_IMPLEMENTED ->
          throw new ImageException.Unsupported(
              "The AVIF image uses a feature that this server's libavif does not have.");
      case TOO_MUCH_MEMORY ->
          throw new ImageException.TooCostly("Decoding the AVIF image takes too much memory.");
      case NOT_UNDERSTOOD ->
          throw new ImageException.Unreadable(
              "The AVIF image is damaged, or needs a newer libavif than this server's.");
    }
  }
}
