package io.github.resnetserving.image;

/** Decides whether a picture of some size is decoded. */
@FunctionalInterface
interface SizeLimit {

  /**
   * Admits a claimed size. Decoders call it before they allocate anything that grows with it, and
   * may call it more than once for one picture.
   *
   * @param width columns, up to 2^32 - 1
   * @param height rows, up to 2^32 - 1
   */
  void admit(long width, long height) throws ImageException;
}
