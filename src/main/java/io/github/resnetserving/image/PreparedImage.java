package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;

/**
 * A picture ready for a network.
 *
 * @param crop (crop, crop, 3) as the preprocessing says
 * @param info what it was made from
 */
public record PreparedImage(Pixels crop, ImageInfo info) {}
