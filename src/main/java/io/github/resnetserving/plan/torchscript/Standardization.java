package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.tensor.DType;
import java.util.List;

/**
 * Turns bytes into the network's input inside the program, in one pass: {@code x * scale + shift}
 * with {@code scale = 1 / (255 std)} and {@code shift = -mean / std}.
 */
record Standardization(Normalization normalization) {

  /** The attribute that holds the scale. */
  static final String SCALE = "input_scale";

  private static final List<Integer> PER_CHANNEL = List.of(1, 3, 1, 1);

  void addTo(ScriptArchive archive) {
    float[] scale = new float[3];
    float[] shift = new float[3];
    for (int c = 0; c < 3; c++) {
      double std = normalization.std().get(c);
      scale[c] = (float) (1 / (255 * std));
      shift[c] = (float) (-normalization.mean().get(c) / std);
    }
    archive.attribute(SCALE, TensorSource.of(DType.F32, PER_CHANNEL, () -> scale));
    archive.attribute("input_shift", TensorSource.of(DType.F32, PER_CHANNEL, () -> shift));
  }

  /** From (n, H, W, 3) bytes to (n, 3, H, W) floats, which lie channels last as they are. */
  static String apply(Script script, String pixels) {
    String planes = script.assign("torch.permute(%s, [0, 3, 1, 2])".formatted(pixels));
    String floats = script.assign("torch.to(%s, 6, False, False, None)".formatted(planes));
    return script.assign("torch.addcmul(self.input_shift, %s, self.input_scale)".formatted(floats));
  }
}
