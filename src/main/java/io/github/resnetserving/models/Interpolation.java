package io.github.resnetserving.models;

/** How a resize weighs source pixels; always antialiased, as Pillow does it. */
public enum Interpolation {
  BILINEAR,
  BICUBIC
}
