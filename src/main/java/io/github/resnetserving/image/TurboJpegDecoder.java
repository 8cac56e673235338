package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.resnetserving.model.Pixels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * JPEG through libjpeg-turbo, which is what Pillow decodes with: the same bits, and the fastest.
 */
final class TurboJpegDecoder implements Decoder {

  private final TurboJpeg library;

  TurboJpegDecoder(TurboJpeg library) {
    this.library = library;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules policy) throws ImageException {
    JpegFile file = JpegFile.parse(encoded);
    policy.admit(file.width(), file.height());
    int part = part(Math.min(file.width(), file.height()), policy.enough());
    int width = Math.ceilDiv(file.width(), part);
    int height = Math.ceilDiv(file.height(), part);
    TurboJpeg.Layout layout = file.components() == 4 ? TurboJpeg.Layout.CMYK : TurboJpeg.Layout.RGB;
    byte[] rgb = new byte[width * height * 3];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = arena.allocate(encoded.length);
      MemorySegment.copy(encoded, 0, input, JAVA_BYTE, 0, encoded.length);
      MemorySegment output = arena.allocate((long) width * height * layout.bytes());
      library.decode(input, output, width, height, layout);
      switch (layout) {
        case RGB -> MemorySegment.copy(output, JAVA_BYTE, 0, rgb, 0, rgb.length);
        case CMYK -> fromCmyk(output, width, rgb);
      }
    }
    return new Decoded(
        new Pixels(height, width, rgb), file.width(), file.height(), file.orientation());
  }

  /** The library scales to a half, a quarter or an eighth, rounding up. */
  private static int part(int shortEdge, int enough) {
    int part = 8;
    while (part > 1 && Math.ceilDiv(shortEdge, part) < enough) {
      part /= 2;
    }
    return part;
  }

  private static void fromCmyk(MemorySegment inks, int width, byte[] rgb) {
    byte[] row = new byte[width * 4]; // (width, 4)
    for (int out = 0; out < rgb.length; out += width * 3) {
      MemorySegment.copy(inks, JAVA_BYTE, out / 3 * 4L, row, 0, row.length);
      JpegColors.toRgb(JpegFile.Encoding.CMYK, row, rgb, out, width);
    }
  }
}
