package io.github.resnetserving.training;

import java.util.SplittableRandom;

/**
 * Mixes each image of a batch with the one before it, and so their targets: mixup (Zhang et al.
 * 2017, arXiv 1710.09412) or CutMix (Yun et al. 2019, arXiv 1905.04899), as torchvision does.
 *
 * @param share of the image itself in its target
 * @param box what CutMix takes from the image before; a mixup has none, and is empty
 */
record Mixing(double share, Box box) {

  /**
   * A rectangle in pixels.
   *
   * @param right column after the last
   * @param bottom row after the last
   */
  record Box(int left, int top, int right, int bottom) {
    static final Box EMPTY = new Box(0, 0, 0, 0);

    int area() {
      return (right - left) * (bottom - top);
    }
  }

  /** Nothing is mixed. */
  static final Mixing NONE = new Mixing(1, Box.EMPTY);

  /**
   * Draws a mixing for one batch.
   *
   * @param mixup parameter of the Beta distribution; 0 for no mixup
   * @param cutmix likewise; where both are there, each comes half of the time
   * @param side of the images
   */
  static Mixing draw(double mixup, double cutmix, int side, SplittableRandom random) {
    if (mixup <= 0 && cutmix <= 0) {
      return NONE;
    }
    boolean cuts = cutmix > 0 && (mixup <= 0 || random.nextBoolean());
    double share = beta(cuts ? cutmix : mixup, random);
    return cuts
        ? cut(share, random.nextInt(side), random.nextInt(side), side)
        : new Mixing(share, Box.EMPTY);
  }

  /** CutMix around a place. The share becomes that of the pixels. */
  static Mixing cut(double share, int x, int y, int side) {
    int half = (int) (0.5 * Math.sqrt(1 - share) * side);
    Box box =
        new Box(
            Math.max(x - half, 0),
            Math.max(y - half, 0),
            Math.min(x + half, side),
            Math.min(y + half, side));
    return new Mixing(1 - (double) box.area() / (side * side), box);
  }

  /** Jöhnk's method for a symmetric Beta distribution. */
  private static double beta(double alpha, SplittableRandom random) {
    while (true) {
      double a = Math.pow(random.nextDouble(), 1 / alpha);
      double b = Math.pow(random.nextDouble(), 1 / alpha);
      if (a + b > 0 && a + b <= 1) {
        return a / (a + b);
      }
    }
  }

  boolean mixes() {
    return share < 1;
  }

  /**
   * Mixes a batch in place.
   *
   * @param pixels (count, side, side, 3) unsigned bytes
   */
  void apply(byte[] pixels, int count, int side) {
    if (!mixes() || count < 2) {
      return;
    }
    int length = 3 * side * side;
    byte[] last = new byte[length];
    System.arraycopy(pixels, (count - 1) * length, last, 0, length);
    for (int i = count - 1; i >= 0; i--) {
      byte[] other = i > 0 ? pixels : last;
      int from = i > 0 ? (i - 1) * length : 0;
      if (box.area() == 0) {
        blend(pixels, i * length, other, from, length);
      } else {
        for (int y = box.top(); y < box.bottom(); y++) {
          int at = 3 * (y * side + box.left());
          System.arraycopy(
              other, from + at, pixels, i * length + at, 3 * (box.right() - box.left()));
        }
      }
    }
  }

  private void blend(byte[] to, int at, byte[] other, int from, int length) {
    for (int i = 0; i < length; i++) {
      double mixed = share * (to[at + i] & 0xff) + (1 - share) * (other[from + i] & 0xff);
      to[at + i] = (byte) Math.rint(mixed);
    }
  }

  /** The (count, classes) targets: probabilities. */
  float[] targets(int[] labels, int classes) {
    float[] targets = new float[labels.length * classes];
    for (int i = 0; i < labels.length; i++) {
      int before = labels[i > 0 ? i - 1 : labels.length - 1];
      targets[i * classes + labels[i]] += (float) share;
      targets[i * classes + before] += (float) (1 - share);
    }
    return targets;
  }
}
