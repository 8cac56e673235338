package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Sample values out of what ImageIO returns. Never through {@code getRGB} of a gray, CMYK or
 * profiled picture: that converts colours, which changes values.
 */
final class BufferedImages {

  private BufferedImages() {}

  /** (height, width, 3), composited on the background. */
  static Pixels toRgb(BufferedImage image, Background background) throws UnsupportedImageException {
    ColorModel colors = image.getColorModel();
    if (colors instanceof IndexColorModel || colors instanceof DirectColorModel) {
      return packed(image, background);
    }
    int type = image.getRaster().getSampleModel().getDataType();
    int depth = colors.getComponentSize(0);
    if (type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE || depth > 16) {
      throw new UnsupportedImageException(
          "The image has %d-bit or floating-point samples; 16 bits are the most.".formatted(depth));
    }
    return sampled(image.getRaster(), colors, depth, background);
  }

  /** Palettes and packed ints hold sRGB already. */
  private static Pixels packed(BufferedImage image, Background background) {
    int width = image.getWidth();
    int[] argb = new int[width]; // one row
    byte[] rgb = new byte[width * image.getHeight() * 3];
    int out = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, argb, 0, width);
      for (int pixel : argb) {
        int red = (pixel >> 16) & 0xff;
        int green = (pixel >> 8) & 0xff;
        background.over(red, green, pixel & 0xff, pixel >>> 24, rgb, out);
        out += 3;
      }
    }
    return new Pixels(image.getHeight(), width, rgb);
  }

  private static Pixels sampled(Raster raster, ColorModel colors, int depth, Background background)
      throws UnsupportedImageException {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    int inks = colors.getNumColorComponents();
    boolean cmyk = colors.getColorSpace().getType() == ColorSpace.TYPE_CMYK;
    if (!(inks == 1 || inks == 3 || (cmyk && inks == 4))) {
      throw new UnsupportedImageException("The image has %d colour components.".formatted(inks));
    }
    int[] row = new int[width * bands]; // (width, bands)
    byte[] rgb = new byte[width * height * 3];
    int out = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      toBytes(row, depth);
      for (int in = 0; in < row.length; in += bands) {
        if (cmyk) {
          for (int c = 0; c < 3; c++) {
            rgb[out++] = Cmyk.toRgb(row[in + c], row[in + 3]);
          }
        } else {
          int alpha = colors.hasAlpha() ? row[in + inks] : 255;
          int step = inks == 1 ? 0 : 1; // gray is its own green and blue
          background.over(row[in], row[in + step], row[in + 2 * step], alpha, rgb, out);
          out += 3;
        }
      }
    }
    return new Pixels(height, width, rgb);
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
