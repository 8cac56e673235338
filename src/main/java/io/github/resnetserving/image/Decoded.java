package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;

/**
 * A picture as stored, before it is turned upright.
 *
 * @param pixels (height, width, 3) RGB, composited on the background
 * @param orientation how it is to be turned
 */
record Decoded(Pixels pixels, Orientation orientation) {

  Pixels upright() {
    return orientation.apply(pixels);
  }
}
