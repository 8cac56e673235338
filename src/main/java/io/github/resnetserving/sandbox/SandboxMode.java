package io.github.resnetserving.sandbox;

/** Which images are decoded in helper processes. */
public enum SandboxMode {
  /** Images of rare formats; see {@link io.github.resnetserving.image.ImagePipeline#isRare}. */
  RARE,
  /** All. */
  ALL,
  /**
   * None: for systems where no process can be started. A rare format's decoder then shares the
   * service's memory, and nothing can stop it.
   */
  OFF
}
