package io.github.resnetserving.models;

import org.jspecify.annotations.Nullable;

/**
 * The name of one class.
 *
 * @param wnid the WordNet id, such as {@code n02123045}, or null where the data set has none
 * @param name the human-readable name, such as {@code tabby}
 */
public record Label(@Nullable String wnid, String name) {}
