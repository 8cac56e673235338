package io.github.resnetserving.image;

import java.awt.image.Raster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageReader;

/**
 * JPEG through the JDK's libjpeg 6b. It is asked for the components as stored, because the way to
 * RGB goes through colour profiles, and because that way four components are read as well.
 */
final class ImageIoJpegDecoder implements Decoder {

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, Workspace workspace)
      throws ImageException {
    JpegFile file = JpegFile.parse(encoded, rules);
    long pixels = (long) file.width() * file.height();
    rules.reserve(pixels * (file.components() + 3) + file.coefficientBytes());
    List<String> warnings = new ArrayList<>();
    try {
      ImageReader reader = ImageReaders.JPEG.open(encoded);
      try {
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        Raster raster = reader.readRaster(0, null);
        rules.spend(pixels);
        JpegWarnings.refuse(warnings);
        return new Decoded(toRgb(raster, file.encoding(), workspace), file.orientation());
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new UnreadableImageException("The JPEG image is truncated or corrupt.", e);
    }
  }

  private static Bitmap toRgb(Raster raster, JpegFile.Encoding encoding, Workspace workspace) {
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
