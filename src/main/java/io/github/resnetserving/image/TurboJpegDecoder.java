package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * JPEG through libjpeg-turbo, which is what Pillow decodes with: the same bits, and the fastest.
 */
final class TurboJpegDecoder implements Decoder {

  private final TurboJpeg library;

  TurboJpegDecoder(TurboJpeg library) {
    this.library = library;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    JpegFile file = JpegFile.parse(encoded, rules);
    int part = part(Math.min(file.width(), file.height()), rules.enough());
    int width = Math.ceilDiv(file.width(), part);
    int height = Math.ceilDiv(file.height(), part);
    TurboJpeg.Layout layout = file.components() == 4 ? TurboJpeg.Layout.CMYK : TurboJpeg.Layout.RGB;
    long sampleBytes = (long) width * height * layout.bytes();
    byte[] repaired = file.repaired();
    long repairedBytes = file.notes().isEmpty() ? 0 : repaired.length; // else a copy
    rules.reserve(encoded.length + repairedBytes + sampleBytes + file.coefficientBytes());
    MemorySegment samples = workspace.samples(sampleBytes);
    Set<ImageNote> notes = library.decode(workspace.file(repaired), samples, width, height, layout);
    rules.spend((long) file.width() * file.height());
    if (!notes.isEmpty()) {
      rules.reserve(2 * JpegFill.mostBytes(repaired) + 2 * sampleBytes + file.coefficientBytes());
      MemorySegment again = workspace.another(sampleBytes);
      MemorySegment filled = workspace.file(JpegFill.of(repaired));
      notes.addAll(library.decode(filled, again, width, height, layout));
      rules.spend((long) file.width() * file.height());
      if (samples.mismatch(again) >= 0) {
        throw JpegWarnings.dataEndTooEarly();
      }
    }
    Bitmap bitmap = new Bitmap(height, width, samples);
    if (layout == TurboJpeg.Layout.CMYK) {
      fromCmyk(bitmap, workspace);
    }
    return new Decoded(
        bitmap,
        file.width(),
        file.height(),
        file.orientation(),
        ImageNote.union(file.notes(), notes));
  }

  /** The library scales to a half, a quarter or an eighth, rounding up. */
  private static int part(int shortEdge, int enough) {
    int part = 8;
    while (part > 1 && Math.ceilDiv(shortEdge, part) < enough) {
      part /= 2;
    }
    return part;
  }

  /** In place, row by row: no row of colours reaches into a row of inks that is still to come. */
  private static void fromCmyk(Bitmap inks, DecodeBuffers workspace) {
    int width = inks.width();
    byte[] row = workspace.row(width * 4); // (width, 4)
    byte[] line = workspace.line(width);
    for (int y = 0; y < inks.height(); y++) {
      MemorySegment.copy(inks.rgb(), JAVA_BYTE, 4L * y * width, row, 0, width * 4);
      JpegColors.toRgb(JpegFile.Encoding.CMYK, row, line, 0, width);
      inks.put(y, 0, line, width);
    }
  }
}
