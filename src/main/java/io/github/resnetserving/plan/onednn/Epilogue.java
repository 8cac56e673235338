package io.github.resnetserving.plan.onednn;

import org.jspecify.annotations.Nullable;

/**
 * What a convolution does to a sum of products before it is written: {@code quantized(relu(sum +
 * bias + addend))}, each part where it is wanted.
 *
 * @param addend what lies at the destination is added; null where it is not
 * @param relu whether negative values become 0
 * @param quantized whether source, weights and destination are 8-bit, with scales of their own
 *     (operands with the roles of scales)
 * @param zeroPoint whether the destination has a zero point
 */
record Epilogue(@Nullable Addend addend, boolean relu, boolean quantized, boolean zeroPoint) {

  /** {@code scale (value - zeroPoint)} is added. */
  record Addend(float scale, int zeroPoint) {

    /** Real values, as they are. */
    static final Addend REAL = new Addend(1, 0);
  }
}
