package io.github.resnetserving.network;

import io.github.resnetserving.model.ActivationRange;

/**
 * Real values as unsigned bytes: {@code value = scale (byte - zeroPoint)}. Zero is exact, so that
 * padding is.
 */
record AffineQuantizer(double scale, int zeroPoint) {

  private static final int STEPS = 255;

  static AffineQuantizer of(ActivationRange range) {
    double scale = (range.high() - range.low()) / STEPS;
    return new AffineQuantizer(scale, (int) Math.rint(-range.low() / scale));
  }

  /** Both numbers as a program's text has them: {@code 0.05, 0}. */
  String arguments() {
    return Script.number(scale) + ", " + zeroPoint;
  }
}
