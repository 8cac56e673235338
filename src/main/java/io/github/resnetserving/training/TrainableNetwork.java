package io.github.resnetserving.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.plan.torchscript.TrainingProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A network on the native engine whose weights change: stochastic gradient descent with momentum
 * (PyTorch's form: {@code v = momentum * v + gradient + decay * w; w = w - rate * v}).
 *
 * <p>Belongs to the thread that made it.
 */
final class TrainableNetwork implements AutoCloseable {

  private final int imageSize;
  private final int classes;
  private final List<String> tensors;
  private final List<String> statistics;
  private final Model model;
  private final PtSymbolBlock block;
  private final ParameterStore store;
  private final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();
  private final SequencedMap<String, NDArray> velocities = new LinkedHashMap<>();

  private TrainableNetwork(
      int imageSize, int classes, Model model, List<String> tensors, List<String> statistics) {
    this.tensors = tensors;
    this.statistics = statistics;
    this.imageSize = imageSize;
    this.classes = classes;
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
    this.store = new ParameterStore(model.getNDManager(), /* copy= */ false);
    Map<String, Parameter> byName = new LinkedHashMap<>();
    block.getParameters().values().forEach(parameter -> byName.put(parameter.getName(), parameter));
    for (String tensor : tensors) {
      if (statistics.contains(tensor)) {
        continue;
      }
      Parameter parameter = byName.get(TrainingProgram.parameterName(tensor));
      if (parameter == null) {
        throw new IllegalStateException("the program lists no parameter for " + tensor);
      }
      parameters.put(tensor, parameter);
      velocities.put(tensor, parameter.getArray().zerosLike());
    }
  }

  /** Loads a program with its starting weights. */
  static TrainableNetwork load(
      TrainingProgram program, int imageSize, int classes, Map<String, FloatTensor> weights)
      throws IOException {
    Path folder = Files.createTempDirectory("training");
    Path archive = folder.resolve("network.pt");
    try {
      program.write(archive, weights);
      Model model = Model.newInstance("network", Device.cpu(), "PyTorch");
      model.load(folder, "network", Map.of("trainParam", "true"));
      return new TrainableNetwork(
          imageSize, classes, model, List.copyOf(weights.keySet()), program.statistics());
    } catch (MalformedModelException e) {
      throw new IOException("the engine refused the training program", e);
    } finally {
      Files.deleteIfExists(archive);
      Files.deleteIfExists(folder);
    }
  }

  /** Loss and hits of one batch, before its step. */
  record StepResult(double loss, int correct) {}

  /**
   * Learns from one batch.
   *
   * @param pixels (n, size, size, 3) unsigned bytes
   * @param labels (n,) classes
   */
  StepResult step(byte[] pixels, int[] labels, double rate, double momentum, double decay) {
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDArray input = input(scope, pixels, labels.length);
      NDArray target = scope.create(labels);
      NDArray logits;
      NDArray loss;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        logits = block.forward(store, new NDList(input), /* training= */ true).singletonOrThrow();
        loss = Loss.softmaxCrossEntropyLoss().evaluate(new NDList(target), new NDList(logits));
        collector.backward(loss);
      }
      StepResult result =
          new StepResult(loss.getFloat(), correct(logits.toFloatArray(), labels, classes));
      loss.attach(scope);
      logits.attach(scope);
      velocities.forEach((name, velocity) -> descend(name, velocity, rate, momentum, decay));
      return result;
    }
  }

  private void descend(String name, NDArray velocity, double rate, double momentum, double decay) {
    NDArray weight = parameter(name).getArray();
    try (NDArray gradient = weight.getGradient();
        NDArray decayed = weight.mul((float) decay)) {
      velocity.muli((float) momentum).addi(gradient).addi(decayed);
      try (NDArray change = velocity.mul((float) rate)) {
        weight.subi(change);
      }
      gradient.subi(gradient);
    }
  }

  private Parameter parameter(String tensor) {
    Parameter parameter = parameters.get(tensor);
    if (parameter == null) {
      throw new IllegalArgumentException("there is no tensor " + tensor);
    }
    return parameter;
  }

  /** The (n, classes) logits of a batch with the running statistics. */
  float[] evaluate(byte[] pixels, int count) {
    try (NDManager scope = model.getNDManager().newSubManager();
        IValue input = IValue.from((PtNDArray) input(scope, pixels, count));
        IValue output = IValueUtils.runMethod(block, "evaluate", input)) {
      return output.toTensor((PtNDManager) scope).toFloatArray();
    }
  }

  private NDArray input(NDManager scope, byte[] pixels, int count) {
    ByteBuffer bytes = ByteBuffer.wrap(pixels, 0, count * imageSize * imageSize * 3);
    return scope.create(bytes.slice(), new Shape(count, imageSize, imageSize, 3), DataType.UINT8);
  }

  static int correct(float[] logits, int[] labels, int classes) {
    int hits = 0;
    for (int i = 0; i < labels.length; i++) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        if (logits[i * classes + c] > logits[i * classes + best]) {
          best = c;
        }
      }
      hits += best == labels[i] ? 1 : 0;
    }
    return hits;
  }

  /** A copy of the weights and running statistics, in the order in which they were loaded. */
  SequencedMap<String, FloatTensor> weights() {
    try (NDManager scope = model.getNDManager().newSubManager();
        IValue output = IValueUtils.runMethod(block, "statistics")) {
      PtNDArray[] running = output.toTensorArray((PtNDManager) scope);
      SequencedMap<String, FloatTensor> copies = new LinkedHashMap<>();
      for (String tensor : tensors) {
        int position = statistics.indexOf(tensor);
        copies.put(tensor, copy(position < 0 ? parameter(tensor).getArray() : running[position]));
      }
      return copies;
    }
  }

  /** A copy of the momentum, which a run needs to go on as if it had never stopped. */
  SequencedMap<String, FloatTensor> velocities() {
    SequencedMap<String, FloatTensor> copies = new LinkedHashMap<>();
    velocities.forEach((name, velocity) -> copies.put(name, copy(velocity)));
    return copies;
  }

  void restoreVelocities(Map<String, FloatTensor> saved) {
    velocities.forEach((name, velocity) -> {
      FloatTensor tensor = saved.get(name);
      if (tensor != null) {
        velocity.set(tensor.values());
      }
    });
  }

  private static FloatTensor copy(NDArray array) {
    List<Integer> shape =
        Arrays.stream(array.getShape().getShape()).mapToInt(Math::toIntExact).boxed().toList();
    return new FloatTensor(shape, array.toFloatArray());
  }

  @Override
  public void close() {
    model.close();
  }
}
