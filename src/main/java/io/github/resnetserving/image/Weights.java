package io.github.resnetserving.image;

import io.github.resnetserving.models.Preprocessing.Interpolation;

/**
 * How much each input pixel of a line counts for each output pixel, as Pillow computes it: a kernel
 * stretched by the scale when shrinking, cut off at the line's ends, normalised in double, then
 * rounded half away from zero to fixed point.
 */
@SuppressWarnings("ArrayRecordComponent") // private to the resampler, which only reads them
record Weights(
    Line line,
    int taps, // room for weights of one output
    int[] starts, // (outputs,) first input of each output
    int[] counts, // (outputs,) inputs of each output
    int[] fixed) { // (outputs, taps) of 1 << PRECISION_BITS; zero beyond the count

  /**
   * Precision of fixed-point weights: of a 32-bit sum, 8 bits hold the pixel and 2 the overshoot of
   * negative weights.
   */
  static final int PRECISION_BITS = 32 - 8 - 2;

  /**
   * What the weights are for: a part of a line.
   *
   * @param inputs pixels of the whole line before
   * @param outputs pixels of the whole line after
   * @param first the first output that is wanted
   * @param count how many outputs are wanted
   */
  record Line(int inputs, int outputs, Interpolation interpolation, int first, int count) {}

  /** Weights of no line. */
  static final Weights NONE = identity(new Line(0, 0, Interpolation.BILINEAR, 0, 0));

  /** These weights if they are of that line. */
  Weights orOf(Line wanted) {
    return line.equals(wanted) ? this : of(wanted);
  }

  static Weights of(Line line) {
    int inputs = line.inputs();
    int outputs = line.outputs();
    if (inputs == outputs) {
      return identity(line);
    }
    Interpolation interpolation = line.interpolation();
    int first = line.first();
    int count = line.count();
    double scale = (double) inputs / outputs;
    double stretch = Math.max(scale, 1.0);
    double support = support(interpolation) * stretch;
    double shrink = 1.0 / stretch;
    int taps = (int) Math.ceil(support) * 2 + 1;
    int[] starts = new int[count];
    int[] counts = new int[count];
    int[] fixed = new int[count * taps];
    double[] kernel = new double[taps];
    for (int i = 0; i < count; i++) {
      double center = (first + i + 0.5) * scale;
      int start = Math.max((int) (center - support + 0.5), 0);
      int n = Math.min((int) (center + support + 0.5), inputs) - start;
      double sum = 0;
      for (int k = 0; k < n; k++) {
        kernel[k] = kernel(interpolation, (k + start - center + 0.5) * shrink);
        sum += kernel[k];
      }
      for (int k = 0; k < n; k++) {
        double weight = sum == 0 ? kernel[k] : kernel[k] / sum;
        fixed[i * taps + k] = (int) (Math.copySign(0.5, weight) + weight * (1 << PRECISION_BITS));
      }
      starts[i] = start;
      counts[i] = n;
    }
    return new Weights(line, taps, starts, counts, fixed);
  }

  /** Pillow leaves out a pass that changes no size; a weight of one has the same effect. */
  private static Weights identity(Line line) {
    int count = line.count();
    int[] starts = new int[count];
    int[] counts = new int[count];
    int[] fixed = new int[count];
    for (int i = 0; i < count; i++) {
      starts[i] = line.first() + i;
      counts[i] = 1;
      fixed[i] = 1 << PRECISION_BITS;
    }
    return new Weights(line, 1, starts, counts, fixed);
  }

  private static double support(Interpolation interpolation) {
    return switch (interpolation) {
      case BILINEAR -> 1.0;
      case BICUBIC -> 2.0;
    };
  }

  /** The triangle, and Keys' cubic with a = -0.5. */
  private static double kernel(Interpolation interpolation, double position) {
    double x = Math.abs(position);
    return switch (interpolation) {
      case BILINEAR -> x < 1 ? 1 - x : 0;
      case BICUBIC -> {
        double a = -0.5;
        if (x < 1) {
          yield ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        yield x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
      }
    };
  }

  int outputs() {
    return starts.length;
  }

  int start(int output) {
    return starts[output];
  }

  int count(int output) {
    return counts[output];
  }

  int firstInput() {
    return starts[0];
  }

  /** Index after the last input; starts and ends never decrease along a line. */
  int lastInput() {
    return starts[starts.length - 1] + counts[counts.length - 1];
  }
}
