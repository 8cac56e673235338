package io.github.resnetserving.image;

import io.github.resnetserving.image.Background.Alpha;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Sample values out of what ImageIO returns. Never through {@code getRGB} of a gray, CMYK or
 * profiled image: that converts colours, which changes values.
 */
final class BufferedImages {

  private BufferedImages() {}

  /**
   * Converts an image.
   *
   * @param alpha what the sample behind the colours is, where the image has one and no palette
   * @return (height, width, 3), composited on the background
   */
  static Bitmap toRgb(
      BufferedImage image, Alpha alpha, Background background, DecodeBuffers workspace)
      throws ImageException.Unsupported {
    ColorModel colors = image.getColorModel();
    if (colors instanceof IndexColorModel || colors instanceof DirectColorModel) {
      return packed(image, background, workspace);
    }
    int type = image.getRaster().getSampleModel().getDataType();
    int depth = colors.getComponentSize(0);
    if (type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE || depth > 16) {
      throw new ImageException.Unsupported(
          "The image has %d-bit or floating-point samples; 16 bits are the most.".formatted(depth));
    }
    return sampled(image.getRaster(), colors, alpha, background, workspace);
  }

  /** Palettes and packed ints hold sRGB already. */
  private static Bitmap packed(
      BufferedImage image, Background background, DecodeBuffers workspace) {
    int width = image.getWidth();
    int[] argb = new int[width]; // one row
    byte[] line = workspace.line(width);
    Bitmap bitmap = workspace.bitmap(image.getHeight(), width);
    for (int y = 0; y < image.getHeight(); y++) {
      int out = 0;
      image.getRGB(0, y, width, 1, argb, 0, width);
      for (int pixel : argb) {
        int red = (pixel >> 16) & 0xff;
        int green = (pixel >> 8) & 0xff;
        background.over(red, green, pixel & 0xff, pixel >>> 24, line, out);
        out += 3;
      }
      bitmap.put(y, 0, line, width);
    }
    return bitmap;
  }

  private static Bitmap sampled(
      Raster raster,
      ColorModel colors,
      Alpha meaning,
      Background background,
      DecodeBuffers workspace)
      throws ImageException.Unsupported {
    int depth = colors.getComponentSize(0);
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    int inks = colors.getNumColorComponents();
    boolean cmyk = colors.getColorSpace().getType() == ColorSpace.TYPE_CMYK;
    if (!(inks == 1 || inks == 3 || (cmyk && inks == 4))) {
      throw new ImageException.Unsupported("The image has %d colour components.".formatted(inks));
    }
    int[] row = new int[width * bands]; // (width, bands)
    byte[] line = workspace.line(width);
    Bitmap bitmap = workspace.bitmap(height, width);
    for (int y = 0; y < height; y++) {
      int out = 0;
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      toBytes(row, depth);
      for (int in = 0; in < row.length; in += bands) {
        if (cmyk) {
          for (int c = 0; c < 3; c++) {
            line[out++] = JpegColors.fromInk(row[in + c], row[in + 3]);
          }
        } else {
          int alpha = meaning != Alpha.NONE && bands > inks ? row[in + inks] : 255;
          int step = inks == 1 ? 0 : 1; // gray is its own green and blue
          background.over(
              meaning.straight(row[in], alpha),
              meaning.straight(row[in + step], alpha),
              meaning.straight(row[in + 2 * step], alpha),
              alpha,
              line,
              out);
          out += 3;
        }
      }
      bitmap.put(y, 0, line, width);
    }
    return bitmap;
  }

  /** Deep samples keep their high byte; shallow ones are spread over the byte's range. */
  private static void toBytes(int[] samples, int depth) {
    if (depth > 8) {
      for (int i = 0; i < samples.length; i++) {
        samples[i] >>= depth - 8;
      }
    } else if (depth < 8) {
      for (int i = 0; i < samples.length; i++) {
        samples[i] = samples[i] * 255 / ((1 << depth) - 1);
      }
    }
  }
}
