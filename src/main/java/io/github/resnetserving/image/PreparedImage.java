package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;

/** A network's input and what it was cut from. */
public record PreparedImage(Pixels crop, ImageInfo info) {}
