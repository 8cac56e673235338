package io.github.resnetserving.models;

/** What a network is shown of an image. */
public enum CropMode {
  /** The crop from the centre. */
  CENTER,
  /**
   * Ten-crop testing (Krizhevsky et al. 2012): the four corners and the centre, then the same of
   * the mirrored image.
   */
  TEN,
  /** The crop from the centre, and beside it the image that it was cut from, for people. */
  CENTER_WITH_IMAGE
}
