package io.github.resnetserving.inference;

import io.github.resnetserving.model.Surroundings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one picture.
 *
 * @param <O> what the network gives for one crop
 * @param outputs one a crop
 * @param surroundings where the centre crop lies; null where nobody said
 */
record Seen<O>(List<O> outputs, @Nullable Surroundings surroundings) {}
