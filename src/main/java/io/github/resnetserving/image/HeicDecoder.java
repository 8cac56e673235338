package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * HEIC through libheif, which turns, mirrors, crops and puts tiles together itself. Between its
 * versions the conversion to RGB differs by one step of 255, and by up to three where samples have
 * more than eight bits.
 */
final class HeicDecoder implements Decoder {

  /**
   * Bytes for each pixel at most, of samples with one byte: the codec's, those of the whole before
   * and after it is turned, and RGBA. Samples of two bytes take twice as much.
   */
  private static final int BYTES = 16;

  private final OnDemand<LibHeif> library;

  HeicDecoder(OnDemand<LibHeif> library) {
    this.library = library;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    HeifSizes.admit(encoded, rules);
    LibHeif heif = library.require(ImageFormat.HEIC, "libheif", "libheif1");
    if (!heif.hasHevc()) {
      throw ImageException.Unsupported.missing(
          ImageFormat.HEIC, "libheif's decoder of HEVC", "libheif-plugin-libde265");
    }
    try (LibHeif.Heif file = heif.open(workspace.file(encoded), rules.maxPixels())) {
      rules.admit(file.width(), file.height());
      long pixels = (long) file.width() * file.height();
      rules.reserve(encoded.length + pixels * BYTES * (file.depth() > Byte.SIZE ? 2 : 1));
      LibHeif.Samples samples = file.decode();
      rules.admit(samples.width(), samples.height());
      rules.spend(pixels);
      return new Decoded(
          bitmap(samples, file.hasAlpha(), Rgba.of(file.isPremultiplied()), rules, workspace),
          Orientation.UPRIGHT,
          Set.of());
    }
  }

  private static Bitmap bitmap(
      LibHeif.Samples samples, boolean alpha, Rgba rgba, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    int width = samples.width();
    Bitmap bitmap = workspace.bitmap(samples.height(), width);
    if (alpha) {
      rgba.composite(samples.rows(), samples.rowBytes(), bitmap, rules, workspace);
      return bitmap;
    }
    byte[] line = workspace.line(width);
    for (int y = 0; y < samples.height(); y++) {
      rules.spend(width);
      MemorySegment.copy(
          samples.rows(), JAVA_BYTE, (long) y * samples.rowBytes(), line, 0, width * 3);
      bitmap.put(y, 0, line, width);
    }
    return bitmap;
  }
}
