package io.github.resnetserving.engine;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Step;
import io.github.resnetserving.network.Precision;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A direct plan's archive: libtorch reads its tensors and says what its steps are. */
final class DirectArchive implements AutoCloseable {

  /**
   * A layer's tensors, each row-major, as long as the archive is open.
   *
   * @param weight (outputs, inputs, kernel, kernel), the classifier's (classes, width)
   * @param bias (outputs,)
   * @param scales (outputs,) of the weight in int8; null where it is not in bytes
   */
  record Layer(MemorySegment weight, MemorySegment bias, @Nullable MemorySegment scales) {}

  private final Model model;
  private final DirectProgram program;
  private final Map<String, Layer> layers;

  private DirectArchive(Model model, DirectProgram program, Map<String, Layer> layers) {
    this.model = model;
    this.program = program;
    this.layers = layers;
  }

  static DirectArchive open(Path file) throws IOException, MalformedModelException {
    Model model = Model.newInstance("plan", Device.cpu(), "PyTorch");
    try {
      model.load(file);
      PtSymbolBlock block = (PtSymbolBlock) model.getBlock();
      DirectProgram program;
      try (IValue text = IValueUtils.runMethod(block, "program")) {
        program = DirectProgram.parse(text.toStringValue());
      }
      try (IValue weights = IValueUtils.runMethod(block, "weights")) {
        NDArray[] tensors = weights.toTensorArray((PtNDManager) model.getNDManager());
        return new DirectArchive(model, program, layers(program, tensors));
      }
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static Map<String, Layer> layers(DirectProgram program, NDArray[] tensors) {
    Map<String, Layer> layers = new HashMap<>();
    int next = 0;
    for (Step step : program.steps()) {
      if (step instanceof Step.Convolve convolve) {
        MemorySegment weight = memory(tensors[next++]);
        MemorySegment bias = memory(tensors[next++]);
        MemorySegment scales =
            program.precision() == Precision.INT8 ? memory(tensors[next++]) : null;
        layers.put(convolve.layer(), new Layer(weight, bias, scales));
      }
    }
    if (program.classes() > 0) {
      layers.put(
          program.classifier(), new Layer(memory(tensors[next]), memory(tensors[next + 1]), null));
    }
    return layers;
  }

  /** The tensor's own memory, which its manager frees. */
  private static MemorySegment memory(NDArray tensor) {
    return MemorySegment.ofBuffer(tensor.toByteBuffer(/* tryDirect= */ true));
  }

  DirectProgram program() {
    return program;
  }

  Layer layer(String name) {
    Layer layer = layers.get(name);
    if (layer == null) {
      throw new IllegalArgumentException("the archive has no layer " + name);
    }
    return layer;
  }

  @Override
  public void close() {
    model.close();
  }
}
