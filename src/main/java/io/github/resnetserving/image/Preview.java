package io.github.resnetserving.image;

import io.github.resnetserving.model.Interpolation;
import io.github.resnetserving.model.Pixels;

/** Pictures as people look at them: neither tiny nor larger than a screen. */
final class Preview {

  private static final int SMALLEST = 256;
  private static final int LARGEST = 1024;

  private Preview() {}

  /** The whole picture with a long edge between the limits. */
  static Pixels of(Upright picture, Resampler resampler) {
    int edge = Math.max(picture.width(), picture.height());
    double scale = (double) Math.clamp(edge, SMALLEST, LARGEST) / edge;
    int width = Math.max(1, (int) Math.round(picture.width() * scale));
    int height = Math.max(1, (int) Math.round(picture.height() * scale));
    return width == picture.width() && height == picture.height()
        ? picture.pixels()
        : resampler.resize(
            picture, width, height, Interpolation.BILINEAR, new Window(0, 0, width, height));
  }
}
