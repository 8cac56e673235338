package io.github.resnetserving.rest;

import io.github.resnetserving.tensor.CropGeometry.Region;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A photograph with an activation map over the part that the network saw: the smallest value dark,
 * the largest bright, in between bilinearly. What the network did not see stays as it is.
 */
final class ActivationOverlay {

  /** How much of a pixel is the map. */
  private static final double OPACITY = 0.55;

  private final Pixels photograph;
  private final Region region;
  private final ClassActivationMap map;
  private final double low;
  private final double high;

  /**
   * @param photograph upright
   * @param region what the map covers, in the photograph's pixels
   */
  ActivationOverlay(Pixels photograph, Region region, ClassActivationMap map) {
    this.photograph = photograph;
    this.region = region;
    this.map = map;
    double smallest = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    for (float value : map.values()) {
      smallest = Math.min(smallest, value);
      largest = Math.max(largest, value);
    }
    this.low = smallest;
    this.high = largest;
  }

  byte[] png() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
      try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
        writer.setOutput(out); // no file: the disk may be read-only
        writer.write(image());
      } finally {
        writer.dispose();
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory does not fail", e);
    }
  }

  private BufferedImage image() {
    int width = photograph.width();
    BufferedImage image = new BufferedImage(width, photograph.height(), BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    for (int y = 0; y < photograph.height(); y++) {
      for (int x = 0; x < width; x++) {
        row[x] = colour(x, y);
      }
      image.setRGB(0, y, width, 1, row, 0, width);
    }
    return image;
  }

  private int colour(int x, int y) {
    int at = (y * photograph.width() + x) * 3;
    byte[] rgb = photograph.rgb();
    int own = (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | (rgb[at + 2] & 0xff);
    double across = (x + 0.5 - region.left()) / region.width(); // of the pixel's centre
    double down = (y + 0.5 - region.top()) / region.height();
    return across < 0 || across >= 1 || down < 0 || down >= 1
        ? own
        : mixed(own, Inferno.rgb(share(across, down)));
  }

  private static int mixed(int own, int over) {
    int mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      double channel = (own >> shift & 0xff) * (1 - OPACITY) + (over >> shift & 0xff) * OPACITY;
      mixed |= (int) Math.round(channel) << shift;
    }
    return mixed;
  }

  /** Where the map's value lies between its smallest and its largest. */
  private double share(double across, double down) {
    return high > low ? (value(across, down) - low) / (high - low) : 0;
  }

  private double value(double across, double down) {
    double x = Math.clamp(across * map.width() - 0.5, 0, map.width() - 1);
    double y = Math.clamp(down * map.height() - 0.5, 0, map.height() - 1);
    int left = (int) x;
    int top = (int) y;
    double right = x - left;
    double bottom = y - top;
    return (1 - bottom) * ((1 - right) * at(left, top) + right * at(left + 1, top))
        + bottom * ((1 - right) * at(left, top + 1) + right * at(left + 1, top + 1));
  }

  private double at(int x, int y) {
    return map.values()[Math.min(y, map.height() - 1) * map.width() + Math.min(x, map.width() - 1)];
  }
}
