package io.github.resnetserving.image;

import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;

/**
 * Resizes parts of decoded images, with the arithmetic that serving resizes with. Not thread-safe:
 * it keeps what it computes with.
 */
public final class Scaler {

  private final Resampler resampler = new Resampler();

  /**
   * Cuts out a rectangle, then resizes it to a square, as torchvision's {@code resized_crop} does.
   *
   * @param left first column, in the image with all its columns inside
   * @param top first row
   * @param side of the result
   * @return (side, side, 3)
   */
  public Pixels resizedCrop(
      Pixels image,
      int left,
      int top,
      int width,
      int height,
      int side,
      Interpolation interpolation) {
    return resize(crop(image, left, top, width, height), side, side, interpolation);
  }

  /** Resizes so that the short edge has a length; the long edge is truncated, not rounded. */
  public Pixels shortEdge(Pixels image, int edge, Interpolation interpolation) {
    boolean upright = image.width() <= image.height();
    int width = upright ? edge : (int) ((long) edge * image.width() / image.height());
    int height = upright ? (int) ((long) edge * image.height() / image.width()) : edge;
    return resize(image, width, height, interpolation);
  }

  private Pixels resize(Pixels image, int width, int height, Interpolation interpolation) {
    if (image.width() == width && image.height() == height) {
      return image;
    }
    Upright upright = new Upright(Bitmap.of(image), Orientation.UPRIGHT);
    return resampler.resize(
        upright, width, height, interpolation, new Bitmap.Window(0, 0, width, height));
  }

  /** Copies a rectangle that lies inside the image. */
  public static Pixels crop(Pixels image, int left, int top, int width, int height) {
    if (width == image.width() && height == image.height()) {
      return image;
    }
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int from = 3 * ((top + y) * image.width() + left);
      System.arraycopy(image.rgb(), from, rgb, 3 * width * y, 3 * width);
    }
    return new Pixels(height, width, rgb);
  }
}
