package io.github.resnetserving.checkpoint;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What a reader found in a file.
 *
 * @param tensors by the names in the state dict, in the file's order
 * @param metadata free text that came with them
 * @param stateDict where they lie in the file
 * @param stateDicts the dictionaries of the file that come into question, that one first
 */
record Contents(
    SequencedMap<String, Tensor> tensors,
    Map<String, String> metadata,
    StateDictInfo stateDict,
    List<StateDictInfo> stateDicts) {

  /** Of a file that has tensors and nothing around them. */
  static Contents plain(SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
    StateDictInfo own = new StateDictInfo("", tensors.size());
    return new Contents(tensors, metadata, own, List.of(own));
  }
}
