package io.github.resnetserving.audit;

import io.github.resnetserving.similarity.Neighbours;
import io.github.resnetserving.tensor.NetworkInput.Pixels;

/**
 * What an image looks like from far away, as a perceptual hash: 32 x 32 grey levels. Two looks are
 * compared by the correlation of their levels, so that brightness and contrast do not count, and at
 * the place where they fit best, so that a cropped margin does not either.
 */
final class Look {

  private static final int SIDE = 32;

  /** Side of {@link #descriptor}. */
  private static final int COARSE = 16;

  /** Parts of a side that a crop may have left. */
  private static final double[] SCALES = {1, 0.95, 0.9};

  /** Places of such a part: at the beginning, in the middle, at the end. */
  private static final double[] PLACES = {0, 0.5, 1};

  /** Part of a side that a window has at least. */
  private static final double NARROWEST = 0.85;

  /** Correlation from which the best window is worth refining. */
  private static final double PROMISING = 0.75;

  private static final double FIRST_STEP = 0.02;
  private static final double LAST_STEP = 0.004;
  private static final double TINY = 1e-6;

  /** Standard deviation of the levels below which there is nothing to see. */
  private static final double FLAT = 2;

  private final byte[] levels; // (SIDE, SIDE)

  private Look(byte[] levels) {
    this.levels = levels;
  }

  /** Looks at a whole image; each level is the mean of its part of the image. */
  static Look of(Pixels image) {
    byte[] levels = new byte[SIDE * SIDE];
    for (int y = 0; y < SIDE; y++) {
      int top = y * image.height() / SIDE;
      int bottom = Math.max(top + 1, (y + 1) * image.height() / SIDE);
      for (int x = 0; x < SIDE; x++) {
        int left = (int) ((long) x * image.width() / SIDE);
        int right = Math.max(left + 1, (int) ((long) (x + 1) * image.width() / SIDE));
        levels[y * SIDE + x] = (byte) mean(image, left, top, right, bottom);
      }
    }
    return new Look(levels);
  }

  private static long mean(Pixels image, int left, int top, int right, int bottom) {
    byte[] rgb = image.rgb();
    long sum = 0;
    for (int y = top; y < bottom; y++) {
      for (int at = 3 * (y * image.width() + left); at < 3 * (y * image.width() + right); at += 3) {
        sum += 299 * (rgb[at] & 0xff) + 587 * (rgb[at + 1] & 0xff) + 114 * (rgb[at + 2] & 0xff);
      }
    }
    return sum / (1000L * (bottom - top) * (right - left));
  }

  /** The same, left and right exchanged. */
  Look mirrored() {
    byte[] turned = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      turned[i] = levels[i / SIDE * SIDE + SIDE - 1 - i % SIDE];
    }
    return new Look(turned);
  }

  /**
   * Numbers whose cosine is the correlation of two looks as they are, at half the resolution.
   *
   * @return (256,) of unit length, or all zero for an image without anything to see
   */
  float[] descriptor() {
    float[] coarse = new float[COARSE * COARSE];
    for (int i = 0; i < levels.length; i++) {
      coarse[i / SIDE / 2 * COARSE + i % SIDE / 2] += (levels[i] & 0xff) / 4f;
    }
    double mean = 0;
    for (float level : coarse) {
      mean += level / coarse.length;
    }
    double variance = 0;
    for (int i = 0; i < coarse.length; i++) {
      coarse[i] -= (float) mean;
      variance += coarse[i] * coarse[i] / coarse.length;
    }
    return variance < FLAT * FLAT ? new float[coarse.length] : Neighbours.unit(coarse);
  }

  /**
   * The highest correlation of one look with a part of the other, which has lost up to some 15 % of
   * its height and width.
   */
  double agreement(Look other) {
    return Math.max(fit(this, other), fit(other, this));
  }

  /**
   * A part of an image.
   *
   * @param x left end, in parts of the image's side, as the others are
   */
  private record Window(double x, double y, double width, double height) {

    /** Moves one edge or the other, or makes it wider or higher, as long as it lies inside. */
    Window changed(int what, double by) {
      double otherWidth = Math.clamp(width + (what == 2 ? by : 0), NARROWEST, 1);
      double otherHeight = Math.clamp(height + (what == 3 ? by : 0), NARROWEST, 1);
      return new Window(
          Math.clamp(x + (what == 0 ? by : 0), 0, 1 - otherWidth),
          Math.clamp(y + (what == 1 ? by : 0), 0, 1 - otherHeight),
          otherWidth,
          otherHeight);
    }
  }

  /**
   * Shows {@code whole} only in part, and {@code part} as it is. A look at every other level of
   * some windows comes first; where it is promising, the best window is moved and resized in
   * smaller and smaller steps.
   */
  private static double fit(Look whole, Look part) {
    Window best = new Window(0, 0, 1, 1);
    double most = -1;
    for (double height : SCALES) {
      for (double width : SCALES) {
        for (double top : height == 1 ? new double[] {0} : PLACES) {
          for (double left : width == 1 ? new double[] {0} : PLACES) {
            Window window = new Window(left * (1 - width), top * (1 - height), width, height);
            double found = correlation(whole, part, window, 2);
            if (found > most) {
              most = found;
              best = window;
            }
          }
        }
      }
    }
    return most < PROMISING ? most : refined(whole, part, best);
  }

  private static double refined(Look whole, Look part, Window start) {
    Window best = start;
    double most = correlation(whole, part, best, 1);
    for (double step = FIRST_STEP; step >= LAST_STEP; step /= 2) {
      boolean better = true;
      while (better) {
        better = false;
        for (int what = 0; what < 8; what++) {
          Window window = best.changed(what / 2, what % 2 == 0 ? step : -step);
          double found = correlation(whole, part, window, 1);
          if (found > most + TINY) {
            most = found;
            best = window;
            better = true;
          }
        }
      }
    }
    return most;
  }

  /** Of {@code part} with a window of {@code whole}, at every so many levels of both. */
  private static double correlation(Look whole, Look part, Window window, int every) {
    int[] columns = new int[SIDE];
    float[] shares = new float[SIDE];
    for (int i = 0; i < SIDE; i += every) {
      double at = Math.max(0, SIDE * window.x() + (i + 0.5) * window.width() - 0.5);
      columns[i] = Math.min(SIDE - 2, (int) at);
      shares[i] = (float) (at - columns[i]);
    }
    double a = 0;
    double b = 0;
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (int row = 0; row < SIDE; row += every) {
      double at = Math.max(0, SIDE * window.y() + (row + 0.5) * window.height() - 0.5);
      int upper = Math.min(SIDE - 2, (int) at);
      float lower = (float) (at - upper);
      for (int i = 0; i < SIDE; i += every) {
        int from = upper * SIDE + columns[i];
        float above = mix(whole.levels[from], whole.levels[from + 1], shares[i]);
        float below = mix(whole.levels[from + SIDE], whole.levels[from + SIDE + 1], shares[i]);
        double first = above + lower * (below - above);
        double second = part.levels[row * SIDE + i] & 0xff;
        a += first;
        b += second;
        aa += first * first;
        bb += second * second;
        ab += first * second;
      }
    }
    int count = (SIDE / every) * (SIDE / every);
    double varianceA = aa / count - a / count * (a / count);
    double varianceB = bb / count - b / count * (b / count);
    boolean flat = varianceA < FLAT * FLAT || varianceB < FLAT * FLAT;
    return flat ? -1 : (ab / count - a / count * (b / count)) / Math.sqrt(varianceA * varianceB);
  }

  private static float mix(byte first, byte second, float share) {
    return (first & 0xff) + share * ((second & 0xff) - (first & 0xff));
  }
}
