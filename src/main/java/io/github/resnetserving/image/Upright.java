package io.github.resnetserving.image;

import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.image.DecodeBuffers.Scratch;
import io.github.resnetserving.tensor.NetworkInput.Pixels;

/**
 * An image as it is to be seen. It is turned piece by piece where it is read, so that a turned
 * image costs no memory of its own, and no more time than what is looked at.
 */
record Upright(Bitmap stored, Orientation orientation) {

  int width() {
    return orientation.swapsAxes() ? stored.height() : stored.width();
  }

  int height() {
    return orientation.swapsAxes() ? stored.width() : stored.height();
  }

  /**
   * Copies a part.
   *
   * @param to receives (window.height, window.width, 3)
   * @param spare for the part as stored
   */
  void read(Window window, byte[] to, Scratch spare) {
    Window part = orientation.stored(window, stored.width(), stored.height());
    boolean turned = orientation != Orientation.UPRIGHT;
    byte[] copy = turned ? spare.atLeast(part.width() * part.height() * 3) : to;
    for (int y = 0; y < part.height(); y++) {
      stored.get(part.top() + y, part.left(), part.width(), copy, y * part.width() * 3);
    }
    if (turned) {
      orientation.turn(copy, part.width(), part.height(), to);
    }
  }

  /** A copy of the whole that no other object shares. */
  Pixels pixels() {
    byte[] rgb = new byte[width() * height() * 3];
    read(new Window(0, 0, width(), height()), rgb, new Scratch());
    return new Pixels(height(), width(), rgb);
  }
}
