package io.github.resnetserving.training;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.Arrays;

/** Changes of an image's colours and shape, to the bits that Pillow's operations give. */
final class PillowOps {

  private PillowOps() {}

  /** {@code ImageEnhance.Brightness}: 0 is black, 1 the image. */
  static Pixels brightness(Pixels image, float factor) {
    return blend(new byte[image.rgb().length], image, factor);
  }

  /** {@code ImageEnhance.Contrast}: 0 is the mean grey. */
  static Pixels contrast(Pixels image, float factor) {
    byte[] grey = grey(image);
    long sum = 0;
    for (int i = 0; i < grey.length; i += 3) {
      sum += grey[i] & 0xff;
    }
    byte[] mean = new byte[grey.length];
    Arrays.fill(mean, (byte) (int) ((double) sum / (grey.length / 3.0) + 0.5));
    return blend(mean, image, factor);
  }

  /** {@code ImageEnhance.Color}: 0 is grey. */
  static Pixels color(Pixels image, float factor) {
    return blend(grey(image), image, factor);
  }

  /** {@code ImageEnhance.Sharpness}: 0 is smoothed, but for the outermost pixels. */
  static Pixels sharpness(Pixels image, float factor) {
    byte[] smooth = image.rgb().clone();
    int row = 3 * image.width();
    for (int y = 1; y < image.height() - 1; y++) {
      for (int x = 3; x < row - 3; x++) {
        int at = y * row + x;
        int sum = 4 * (image.rgb()[at] & 0xff);
        for (int dy = -row; dy <= row; dy += row) {
          for (int dx = -3; dx <= 3; dx += 3) {
            sum += image.rgb()[at + dy + dx] & 0xff;
          }
        }
        smooth[at] = (byte) ((2 * sum + 13) / 26);
      }
    }
    return blend(smooth, image, factor);
  }

  private static byte[] grey(Pixels image) {
    byte[] rgb = image.rgb();
    byte[] grey = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i += 3) {
      int light =
          (rgb[i] & 0xff) * 19595 + (rgb[i + 1] & 0xff) * 38470 + (rgb[i + 2] & 0xff) * 7471;
      byte value = (byte) ((light + 0x8000) >> 16);
      grey[i] = value;
      grey[i + 1] = value;
      grey[i + 2] = value;
    }
    return grey;
  }

  private static Pixels blend(byte[] base, Pixels image, float factor) {
    byte[] rgb = new byte[base.length];
    for (int i = 0; i < rgb.length; i++) {
      int from = base[i] & 0xff;
      float value = from + factor * ((image.rgb()[i] & 0xff) - from);
      rgb[i] = (byte) Math.clamp((int) value, 0, 255);
    }
    return new Pixels(image.height(), image.width(), rgb);
  }

  /**
   * torchvision's {@code adjust_hue} of a Pillow image.
   *
   * @param turn share of the colour circle
   */
  static Pixels hue(Pixels image, double turn) {
    byte[] rgb = new byte[image.rgb().length];
    int shift = (int) (turn * 255) & 0xff;
    for (int i = 0; i < rgb.length; i += 3) {
      int r = image.rgb()[i] & 0xff;
      int g = image.rgb()[i + 1] & 0xff;
      int b = image.rgb()[i + 2] & 0xff;
      int most = Math.max(r, Math.max(g, b));
      int least = Math.min(r, Math.min(g, b));
      if (most == least) {
        rgb[i] = (byte) most;
        rgb[i + 1] = (byte) most;
        rgb[i + 2] = (byte) most;
        continue;
      }
      float range = most - least;
      float saturation = range / most;
      int h = (hueOf(r, g, b, most, range) + shift) & 0xff;
      int s = Math.clamp((int) (saturation * 255.0), 0, 255);
      fromHsv(h, s, most, rgb, i);
    }
    return new Pixels(image.height(), image.width(), rgb);
  }

  private static int hueOf(int r, int g, int b, int most, float range) {
    float rc = (most - r) / range;
    float gc = (most - g) / range;
    float bc = (most - b) / range;
    float h;
    if (r == most) {
      h = bc - gc;
    } else if (g == most) {
      h = (float) (2.0 + rc - bc);
    } else {
      h = (float) (4.0 + gc - rc);
    }
    float turned = (float) ((h / 6.0 + 1.0) % 1.0);
    return Math.clamp((int) (turned * 255.0), 0, 255);
  }

  private static void fromHsv(int h, int s, int v, byte[] rgb, int at) {
    float sector = (float) (h * 6.0 / 255.0);
    int i = (int) Math.floor(sector);
    float f = sector - i;
    float fs = (float) (s / 255.0);
    int p = rounded(v * (1.0 - fs));
    int q = rounded(v * (1.0 - fs * f));
    int t = rounded(v * (1.0 - fs * (1.0 - f)));
    int[] parts =
        s == 0
            ? new int[] {v, v, v}
            : switch (i % 6) {
              case 0 -> new int[] {v, t, p};
              case 1 -> new int[] {q, v, p};
              case 2 -> new int[] {p, v, t};
              case 3 -> new int[] {p, q, v};
              case 4 -> new int[] {t, p, v};
              default -> new int[] {v, p, q};
            };
    for (int c = 0; c < 3; c++) {
      rgb[at + c] = (byte) parts[c];
    }
  }

  /** C's {@code round}, of what is not negative. */
  private static int rounded(double value) {
    return Math.clamp((int) Math.floor(value + 0.5), 0, 255);
  }

  /** {@code ImageOps.posterize}: keeps the highest bits. */
  static Pixels posterize(Pixels image, int bits) {
    int mask = (0xff << (8 - bits)) & 0xff;
    return mapped(image, (channel, value) -> value & mask);
  }

  /** {@code ImageOps.solarize}: inverts what is not below the threshold. */
  static Pixels solarize(Pixels image, double threshold) {
    return mapped(image, (channel, value) -> value < threshold ? value : 255 - value);
  }

  /** {@code ImageOps.autocontrast}: stretches each channel to the whole range. */
  static Pixels autoContrast(Pixels image) {
    int[][] counts = histogram(image);
    int[][] tables = new int[3][256];
    for (int c = 0; c < 3; c++) {
      int low = 0;
      while (counts[c][low] == 0) {
        low++;
      }
      int high = 255;
      while (counts[c][high] == 0) {
        high--;
      }
      double scale = high > low ? 255.0 / (high - low) : 1;
      double offset = high > low ? -low * scale : 0;
      for (int i = 0; i < 256; i++) {
        tables[c][i] = Math.clamp((int) (i * scale + offset), 0, 255);
      }
    }
    return mapped(image, (channel, value) -> tables[channel][value]);
  }

  /** {@code ImageOps.equalize}: makes each channel's histogram flat. */
  static Pixels equalize(Pixels image) {
    int[][] counts = histogram(image);
    int[][] tables = new int[3][256];
    for (int c = 0; c < 3; c++) {
      int last = 255;
      while (counts[c][last] == 0) {
        last--;
      }
      int step = (image.width() * image.height() - counts[c][last]) / 255;
      int sum = step / 2;
      for (int i = 0; i < 256; i++) {
        tables[c][i] = step == 0 ? i : Math.min(sum / step, 255);
        sum += counts[c][i];
      }
    }
    return mapped(image, (channel, value) -> tables[channel][value]);
  }

  private static int[][] histogram(Pixels image) {
    int[][] counts = new int[3][256];
    for (int i = 0; i < image.rgb().length; i++) {
      counts[i % 3][image.rgb()[i] & 0xff]++;
    }
    return counts;
  }

  private interface ChannelMap {
    int apply(int channel, int value);
  }

  private static Pixels mapped(Pixels image, ChannelMap map) {
    byte[] rgb = new byte[image.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) map.apply(i % 3, image.rgb()[i] & 0xff);
    }
    return new Pixels(image.height(), image.width(), rgb);
  }

  /** {@code Image.rotate} by degrees, counterclockwise; the nearest pixel, black outside. */
  static Pixels rotate(Pixels image, double degrees) {
    double angle = -Math.toRadians(degrees);
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    double x = image.width() / 2.0;
    double y = image.height() / 2.0;
    return affine(image, cos, sin, -cos * x - sin * y + x, -sin, cos, sin * x - cos * y + y);
  }

  /**
   * {@code Image.transform} with the nearest pixel, in Pillow's fixed point: the pixel at (x, y)
   * comes from (a x + b y + c, d x + e y + f). Black outside.
   */
  static Pixels affine(Pixels image, double a, double b, double c, double d, double e, double f) {
    int width = image.width();
    int height = image.height();
    byte[] rgb = new byte[image.rgb().length];
    int rowX = fixed(c + a * 0.5 + b * 0.5);
    int rowY = fixed(f + d * 0.5 + e * 0.5);
    for (int y = 0; y < height; y++) {
      int x = rowX;
      int down = rowY;
      for (int column = 0; column < width; column++) {
        int fromX = x >> 16;
        int fromY = down >> 16;
        if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height) {
          System.arraycopy(
              image.rgb(), 3 * (fromY * width + fromX), rgb, 3 * (y * width + column), 3);
        }
        x += fixed(a);
        down += fixed(d);
      }
      rowX += fixed(b);
      rowY += fixed(e);
    }
    return new Pixels(height, width, rgb);
  }

  private static int fixed(double value) {
    return (int) Math.floor(value * 65536.0 + 0.5);
  }
}
