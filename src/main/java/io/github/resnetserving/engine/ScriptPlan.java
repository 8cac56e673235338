package io.github.resnetserving.engine;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.github.resnetserving.plan.Plan;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A plan that libtorch interprets. */
final class ScriptPlan implements Plan {

  private final Model model;
  private final PtSymbolBlock block;
  private final Device device;
  private final boolean pinned;
  private final ThreadLocal<ByteBuffer> staging =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(0));

  private ScriptPlan(Model model, Device device, boolean pinned) {
    this.model = model;
    this.device = device;
    this.block = (PtSymbolBlock) model.getBlock();
    this.pinned = pinned;
  }

  /** Loads an archive and prepares its weights for batches of a size. */
  static ScriptPlan load(Path archive, ComputeDevice device, int batch) throws IOException {
    boolean onGpu = device.target() == Target.GPU;
    return load(archive, onGpu ? Device.gpu(device.index()) : Device.cpu(), onGpu, batch);
  }

  /**
   * Loads an archive.
   *
   * @param pinned whether the plan is one for a GPU, which gives the memory to stage inputs in
   */
  static ScriptPlan load(Path archive, Device device, boolean pinned, int batch)
      throws IOException {
    Model model = Model.newInstance("plan", device, "PyTorch");
    try {
      // Without the option only parameters and buffers would get to a GPU, which a plan has none
      // of.
      model.load(archive, null, Map.of("mapLocation", "true"));
      ScriptPlan plan = new ScriptPlan(model, device, pinned);
      try (IValue size = IValue.from(batch);
          IValue done = IValueUtils.runMethod(plan.block, "prepare", size)) {
        return plan;
      }
    } catch (MalformedModelException e) {
      model.close();
      throw new IOException(e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** On a GPU there is one layout for all sizes. */
  @Override
  public boolean suitsEverySize() {
    return pinned;
  }

  @Override
  public boolean isCompiled() {
    return false;
  }

  @Override
  public ScriptPlan forOne(Path archive) throws IOException {
    return load(archive, device, pinned, /* batch= */ 1);
  }

  @Override
  public List<NetworkOutput> run(List<Pixels> batch) {
    try (NDManager scope = scope();
        NDArray pixels = pixels(scope, batch)) {
      return call(scope, "run", pixels, batch.size());
    }
  }

  @Override
  public List<NetworkOutput> forward(float[] input, int count, int size) {
    try (NDManager scope = scope();
        NDArray standardized = scope.create(input, new Shape(count, 3, size, size))) {
      return call(scope, "forward", standardized, count);
    }
  }

  @Override
  public int stages() {
    try (IValue count = IValueUtils.runMethod(block, "stages")) {
      return Math.toIntExact(count.toLong());
    }
  }

  @Override
  public List<FeatureMap> maps(List<Pixels> batch, int stage) {
    try (NDManager scope = scope();
        NDArray pixels = pixels(scope, batch);
        IValue input = IValue.from((PtNDArray) pixels);
        IValue output = IValueUtils.runMethod(block, stage == 0 ? "stem" : "layer" + stage, input);
        NDArray maps = output.toTensor((PtNDManager) scope)) {
      Shape shape = maps.getShape(); // (n, channels, height, width)
      float[] values = maps.toFloatArray();
      int each = values.length / batch.size();
      List<FeatureMap> split = new ArrayList<>(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        split.add(
            new FeatureMap(
                (int) shape.get(1),
                (int) shape.get(2),
                (int) shape.get(3),
                Arrays.copyOfRange(values, i * each, (i + 1) * each)));
      }
      return split;
    }
  }

  @Override
  public List<ClassActivationMap> explain(List<Pixels> batch, long[] classes) {
    try (NDManager scope = scope();
        NDArray pixels = pixels(scope, batch);
        NDArray indices = scope.create(classes);
        IValue input = IValue.from((PtNDArray) pixels);
        IValue asked = IValue.from((PtNDArray) indices);
        IValue output = IValueUtils.runMethod(block, "explain", input, asked)) {
      IValue[] parts = output.toIValueTuple();
      try (IValue logits = parts[0];
          IValue maps = parts[1];
          IValue biases = parts[2];
          IValue chosen = parts[3];
          NDArray map = maps.toTensor((PtNDManager) scope);
          NDArray index = chosen.toTensor((PtNDManager) scope)) {
        return split(
            map.getShape(),
            map.toFloatArray(),
            index.toLongArray(),
            floats(scope, biases),
            floats(scope, logits));
      }
    }
  }

  private static List<ClassActivationMap> split(
      Shape shape, float[] maps, long[] classes, float[] biases, float[] logits) {
    int count = classes.length;
    int area = maps.length / count;
    int width = logits.length / count;
    List<ClassActivationMap> split = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      split.add(
          new ClassActivationMap(
              Math.toIntExact(classes[i]),
              (int) shape.get(1),
              (int) shape.get(2),
              Arrays.copyOfRange(maps, i * area, (i + 1) * area),
              biases[i],
              Arrays.copyOfRange(logits, i * width, (i + 1) * width)));
    }
    return split;
  }

  /** For what lies in the processor's memory. */
  private NDManager scope() {
    return model.getNDManager().newSubManager(Device.cpu());
  }

  private NDArray pixels(NDManager scope, List<Pixels> batch) {
    Pixels first = batch.getFirst();
    return scope.create(
        stage(batch, first.rgb().length),
        new Shape(batch.size(), first.height(), first.width(), 3),
        DataType.UINT8);
  }

  private List<NetworkOutput> call(NDManager scope, String method, NDArray array, int count) {
    try (IValue input = IValue.from((PtNDArray) array);
        IValue output = IValueUtils.runMethod(block, method, input)) {
      IValue[] both = output.toIValueTuple();
      try (IValue logits = both[0];
          IValue features = both[1]) {
        return split(count, floats(scope, logits), floats(scope, features));
      }
    }
  }

  private ByteBuffer stage(List<Pixels> batch, int each) {
    ByteBuffer buffer = staging.get();
    if (buffer.capacity() < batch.size() * each) {
      buffer =
          pinned ? pinned(batch.size() * each) : ByteBuffer.allocateDirect(batch.size() * each);
      staging.set(buffer);
    }
    buffer.clear();
    for (Pixels image : batch) {
      buffer.put(image.rgb());
    }
    return buffer.flip();
  }

  /** Memory that a GPU copies from by itself; it lives as long as the plan. */
  private ByteBuffer pinned(int bytes) {
    try (IValue size = IValue.from(bytes);
        IValue memory = IValueUtils.runMethod(block, "staging", size)) {
      NDArray array = memory.toTensor((PtNDManager) model.getNDManager());
      return array.toByteBuffer(/* tryDirect= */ true);
    }
  }

  private static float[] floats(NDManager scope, IValue value) {
    try (NDArray array = value.toTensor((PtNDManager) scope)) {
      return array.toFloatArray();
    }
  }

  private static List<NetworkOutput> split(int count, float[] logits, float[] features) {
    int classes = logits.length / count;
    int width = features.length / count;
    List<NetworkOutput> outputs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      outputs.add(
          new NetworkOutput(
              Arrays.copyOfRange(logits, i * classes, (i + 1) * classes),
              Arrays.copyOfRange(features, i * width, (i + 1) * width)));
    }
    return outputs;
  }

  @Override
  public void close() {
    model.close();
  }
}
