package io.github.resnetserving.model;

/** One picture on its way into a network. */
public sealed interface NetworkInput permits Pixels, NormalizedPicture {

  /** Rows. */
  int height();

  /** Columns. */
  int width();
}
