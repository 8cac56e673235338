package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;
import java.util.Map;

/** One way to write a network as a plan: its tensors, its steps, and what comes before them. */
interface PlanForm {

  /** The weights as the steps want them, the classifier's in float32. */
  void addTensors(ScriptArchive archive);

  /** The lines that ready the weights for {@code batch} pictures of a size. */
  void prepare(Script script, int size);

  /** From (n, size, size, 3) unsigned bytes to what the first convolution takes. */
  Value fromPixels(Script script, String pixels, int size);

  /** From a standardised float32 (n, 3, size, size) to the same. */
  Value fromStandardized(Script script, String x, int size);

  Operators operators();

  /**
   * Scales and zero points of the maps, by the convolutions that give them; where they are bytes.
   */
  default Map<String, AffineQuantizer> quantizers() {
    return Map.of();
  }
}
