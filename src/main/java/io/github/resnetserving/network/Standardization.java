package io.github.resnetserving.network;

import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.network.Script.Value;
import io.github.resnetserving.weights.FloatTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Turns bytes into the network's input inside the program, in one pass: {@code x * scale + shift}
 * with {@code scale = 1 / (255 std)} and {@code shift = -mean / std}.
 */
record Standardization(Normalization normalization) {

  /** The attribute that holds the scale. */
  static final String SCALE = "input_scale";

  private static final List<Integer> PER_CHANNEL = List.of(1, 3, 1, 1);

  SequencedMap<String, FloatTensor> attributes() {
    float[] scale = new float[3];
    float[] shift = new float[3];
    for (int c = 0; c < 3; c++) {
      double std = normalization.std().get(c);
      scale[c] = (float) (1 / (255 * std));
      shift[c] = (float) (-normalization.mean().get(c) / std);
    }
    SequencedMap<String, FloatTensor> attributes = new LinkedHashMap<>();
    attributes.put(SCALE, new FloatTensor(PER_CHANNEL, scale));
    attributes.put("input_shift", new FloatTensor(PER_CHANNEL, shift));
    return attributes;
  }

  /** From (n, H, W, 3) bytes to (n, 3, H, W) floats, which lie channels last as they are. */
  static Value apply(Script script, String pixels, int size) {
    String planes = script.assign("torch.permute(%s, [0, 3, 1, 2])".formatted(pixels));
    String floats = script.assign("torch.to(%s, 6, False, False, None)".formatted(planes));
    String standardized =
        script.assign("torch.addcmul(self.input_shift, %s, self.input_scale)".formatted(floats));
    return Value.input(standardized, size);
  }
}
