package io.github.resnetserving.engine;

import io.github.resnetserving.onednn.Operand;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A direct plan's weights in memory, as long as its session. Belongs to the thread that compiles.
 *
 * @param layouts of each layer's weight, the one that was wanted first before others
 * @param others each layer's bias, and the scales of its weight
 */
record KeptWeights(Map<String, List<Operand>> layouts, Map<String, List<Operand>> others) {

  KeptWeights() {
    this(new HashMap<>(), new HashMap<>());
  }

  /** A layer's weight in one of its layouts. */
  Operand weight(String layer) {
    return layouts.getOrDefault(layer, List.of()).getFirst();
  }
}
