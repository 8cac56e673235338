package io.github.resnetserving.model;

/** How a resize weighs source pixels; always antialiased, as Pillow does it. */
public enum Interpolation {
  BILINEAR,
  BICUBIC
}
