package io.github.resnetserving.weights;

import java.util.Map;
import java.util.SequencedMap;

/**
 * What a reader found in a file.
 *
 * @param tensors by the names in the state dict, in the file's order
 * @param metadata free text that came with them
 */
record Contents(SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {}
