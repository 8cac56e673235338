package io.github.resnetserving.tensor;

import org.jspecify.annotations.Nullable;

/**
 * Where in an image the network's crop lies.
 *
 * @param crop in the pixels of the upright image
 * @param preview that image, perhaps of another size; null where the view does not want it
 */
public record CropGeometry(Region crop, @Nullable Pixels preview) {}
