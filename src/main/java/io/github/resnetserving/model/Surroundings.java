package io.github.resnetserving.model;

import org.jspecify.annotations.Nullable;

/**
 * Where in a picture the network looked.
 *
 * @param crop in the pixels of the upright picture
 * @param preview that picture, perhaps of another size; null where the view does not want it
 */
public record Surroundings(Region crop, @Nullable Pixels preview) {}
