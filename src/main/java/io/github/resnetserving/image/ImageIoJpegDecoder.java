package io.github.resnetserving.image;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * JPEG through the JDK's libjpeg 6b. It is asked for the components as stored, because the way to
 * RGB goes through colour profiles, and because that way four components are read as well.
 */
final class ImageIoJpegDecoder implements Decoder {

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    JpegFile file = JpegFile.parse(encoded, rules);
    long pixels = (long) file.width() * file.height();
    byte[] repaired = file.repaired();
    long repairedBytes = file.notes().isEmpty() ? 0 : repaired.length; // else a copy
    rules.reserve(repairedBytes + pixels * (file.components() + 3) + file.coefficientBytes());
    try {
      Set<ImageNote> notes = EnumSet.noneOf(ImageNote.class);
      Raster raster = read(repaired, notes);
      rules.spend(pixels);
      if (!notes.isEmpty()) {
        rules.reserve(
            2 * JpegFill.mostBytes(repaired)
                + 2 * pixels * file.components()
                + file.coefficientBytes());
        boolean same = samples(raster).equals(samples(read(JpegFill.of(repaired), notes)));
        rules.spend(pixels);
        if (!same) {
          throw JpegWarnings.dataEndTooEarly();
        }
      }
      return new Decoded(
          toRgb(raster, file.encoding(), workspace),
          file.orientation(),
          ImageNote.union(file.notes(), notes));
    } catch (IOException e) {
      throw new ImageException.Unreadable("The JPEG image is truncated or corrupt.", e);
    }
  }

  /** Decodes a file and adds what is harmless about it to the notes. */
  private static Raster read(byte[] encoded, Set<ImageNote> notes)
      throws IOException, ImageException {
    List<String> warnings = new ArrayList<>();
    Raster raster =
        ImageReaders.JPEG.read(
            encoded,
            reader -> {
              reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
              return reader.readRaster(0, null);
            });
    notes.addAll(JpegWarnings.judge(warnings));
    return raster;
  }

  private static ByteBuffer samples(Raster raster) {
    return ByteBuffer.wrap(((DataBufferByte) raster.getDataBuffer()).getData());
  }

  private static Bitmap toRgb(Raster raster, JpegFile.Encoding encoding, DecodeBuffers workspace) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    byte[] row = workspace.row(width * bands); // (width, bands)
    byte[] line = workspace.line(width);
    Bitmap bitmap = workspace.bitmap(height, width);
    for (int y = 0; y < height; y++) {
      raster.getDataElements(0, y, width, 1, row);
      JpegColors.toRgb(encoding, row, line, 0, width);
      bitmap.put(y, 0, line, width);
    }
    return bitmap;
  }
}
