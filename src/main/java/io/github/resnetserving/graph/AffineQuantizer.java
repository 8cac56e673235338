package io.github.resnetserving.graph;

import io.github.resnetserving.models.Calibration.ActivationRange;

/**
 * Real values as unsigned bytes: {@code value = scale (byte - zeroPoint)}. Zero is exact, so that
 * padding is.
 */
public record AffineQuantizer(double scale, int zeroPoint) {

  /** Of bytes that stand for themselves. */
  public static final AffineQuantizer IDENTITY = new AffineQuantizer(1, 0);

  private static final int STEPS = 255;

  static AffineQuantizer of(ActivationRange range) {
    double scale = (range.high() - range.low()) / STEPS;
    return new AffineQuantizer(scale, (int) Math.rint(-range.low() / scale));
  }
}
