package io.github.resnetserving.model;

/** What a network is shown of a picture. */
public enum View {
  /** The crop from the centre. */
  CENTER,
  /**
   * Ten-crop testing (Krizhevsky et al. 2012): the four corners and the centre, then the same of
   * the mirrored picture.
   */
  TEN,
  /** The crop from the centre, and beside it the picture that it was cut from, for people. */
  CENTER_AND_PICTURE
}
