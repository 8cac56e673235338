package io.github.resnetserving.plan.onednn;

import java.lang.foreign.MemorySegment;

/**
 * An operation on tensors of given shapes, compiled. Thread-safe; lives as long as its session.
 *
 * @param handle of {@code dnnl_primitive_t}
 * @param implementation what computes it, such as {@code brgconv:avx512_core}
 * @param weights the layout that it wants its weights in; empty where it has none
 * @param scratchpad memory that a call needs beside its operands
 */
record Primitive(
    MemorySegment handle, String implementation, Descriptor weights, Descriptor scratchpad) {

  /** Whether nothing made for this processor computes it, which takes many times longer. */
  boolean isPlain() {
    return implementation.startsWith("ref");
  }

  /** What a pool makes of a window. */
  enum Pooling {
    MAX(0x1ff),
    MEAN(0x2ff),
    MEAN_OF_WHAT_IS_INSIDE(0x3ff);

    private final int algorithm;

    Pooling(int algorithm) {
      this.algorithm = algorithm;
    }

    /** One of {@code dnnl_alg_kind_t}. */
    int algorithm() {
      return algorithm;
    }
  }
}
