package io.github.resnetserving.plan;

/** What a plan is written for. Its inputs and outputs lie in the processor's memory either way. */
public enum Target {
  /** The machine's processors. */
  CPU,
  /** A GPU that CUDA knows: whichever the archive is loaded to. */
  GPU
}
