package io.github.resnetserving.tensor;

/** One image on its way into a network. */
public sealed interface NetworkInput permits Pixels, NormalizedImage {

  /** Rows. */
  int height();

  /** Columns. */
  int width();
}
