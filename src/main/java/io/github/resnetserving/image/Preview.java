package io.github.resnetserving.image;

import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.image.DecodeBuffers.Scratch;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;

/**
 * A whole image as people look at it: neither tiny nor larger than a screen. It is resized in
 * tiles, each of which needs a bounded part of the image, so that a strip costs no more memory than
 * a square. Tiles have the same bits as the whole.
 */
final class Preview {

  private static final int SMALLEST = 256;
  private static final int LARGEST = 1024;

  /**
   * Bytes that a tile's resize holds at most of each array, as long as it is one pixel at least.
   */
  private static final int TILE = Scratch.KEPT;

  private final Upright image;
  private final Resampler resampler;
  private final PreparationListener listener;
  private final int width;
  private final int height;

  Preview(Upright image, Resampler resampler, PreparationListener listener) {
    this.image = image;
    this.resampler = resampler;
    this.listener = listener;
    int edge = Math.max(image.width(), image.height());
    double scale = (double) Math.clamp(edge, SMALLEST, LARGEST) / edge;
    width = Math.max(1, (int) Math.round(image.width() * scale));
    height = Math.max(1, (int) Math.round(image.height() * scale));
  }

  /** The whole image with a long edge between the limits. */
  Pixels pixels() {
    if (width == image.width() && height == image.height()) {
      return image.pixels();
    }
    int columns = outputs(TILE / (3L * Resampler.BLOCK), image.width(), width);
    int rows = outputs(TILE / (3L * Math.min(columns, width)), image.height(), height);
    if (columns >= width && rows >= height) {
      return tile(new Window(0, 0, width, height));
    }
    byte[] rgb = new byte[width * height * 3];
    for (int top = 0; top < height; top += rows) {
      for (int left = 0; left < width; left += columns) {
        Window window =
            new Window(left, top, Math.min(columns, width - left), Math.min(rows, height - top));
        copy(tile(window), window, rgb);
      }
    }
    return new Pixels(height, width, rgb);
  }

  private Pixels tile(Window window) {
    var _ = listener.onProgress();
    return resampler.resize(image, width, height, Interpolation.BILINEAR, window);
  }

  private void copy(Pixels tile, Window window, byte[] rgb) {
    for (int y = 0; y < tile.height(); y++) {
      int to = ((window.top() + y) * width + window.left()) * 3;
      System.arraycopy(tile.rgb(), y * tile.width() * 3, rgb, to, tile.width() * 3);
    }
  }

  /** How many outputs of a line need no more than so many inputs; at least one. */
  private static int outputs(long inputs, int before, int after) {
    double scale = Math.max(1.0, (double) before / after);
    double edges = 2 * scale + 2; // what the outermost outputs reach over
    return (int) Math.clamp((inputs - edges) / scale, 1, after);
  }
}
