package io.github.resnetserving.network;

/** Which operators a plan is written in. */
public enum PlanKind {
  /**
   * oneDNN's primitives, made once for each batch size and called without libtorch in between; the
   * archive runs as a fused one, too.
   */
  DIRECT,
  /** oneDNN's operators, or cuDNN's on a GPU; needs {@code prepare} before the first run. */
  FUSED,
  /** Operators that every build of libtorch has, with batch norms folded. */
  PLAIN,
  /**
   * Nothing folded and channels first, as a traced torchvision network runs: what others measure.
   */
  EAGER;
}
