package io.github.resnetserving.inference;

import io.github.resnetserving.tensor.CropGeometry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one image.
 *
 * @param <O> what the network gives for one crop
 * @param outputs one a crop
 * @param surroundings where the centre crop lies; null where it is not known
 */
record RawOutputs<O>(List<O> outputs, @Nullable CropGeometry surroundings) {}
