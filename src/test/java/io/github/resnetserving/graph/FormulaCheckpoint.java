package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.FormulaWeights;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Checkpoints with weights by formula. */
public final class FormulaCheckpoint {

  private FormulaCheckpoint() {}

  /** Writes an architecture of basic blocks as safetensors. */
  public static Path write(Path file, String architecture, int classes) throws IOException {
    SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
    Architecture.named(architecture, classes)
        .tensors()
        .forEach((name, shape) ->
            tensors.put(
                name,
                new FloatTensor(
                    shape, FormulaWeights.values(name, shape, /* bottleneck= */ false))));
    SafetensorsWriter.write(file, tensors, Map.of());
    return file;
  }
}
