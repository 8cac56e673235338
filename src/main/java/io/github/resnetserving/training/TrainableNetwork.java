package io.github.resnetserving.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.plan.torchscript.TrainingProgram;
import io.github.resnetserving.training.Batches.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A network on the native engine whose weights change, with its optimiser: a {@link
 * TrainingProgram} that is loaded.
 *
 * <p>Belongs to the thread that made it, which must have adopted the native engine.
 */
final class TrainableNetwork implements AutoCloseable {

  private final int classes;
  private final SequencedMap<String, List<Integer>> tensors;
  private final Model model;
  private final PtSymbolBlock block;
  private final IValue lists;

  private TrainableNetwork(int classes, SequencedMap<String, List<Integer>> tensors, Model model) {
    this.classes = classes;
    this.tensors = tensors;
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
    this.lists = IValueUtils.runMethod(block, "lists");
  }

  /** Loads a program with the values of its tensors; those that are not given are zero. */
  static TrainableNetwork load(
      TrainingProgram program, int classes, Map<String, FloatTensor> values) throws IOException {
    Path folder = Files.createTempDirectory("training");
    Path archive = folder.resolve("network.pt");
    try {
      program.write(archive, values);
      Model model = Model.newInstance("network", Device.cpu(), "PyTorch");
      model.load(folder, "network", Map.of("trainParam", "true"));
      return new TrainableNetwork(classes, program.tensors(), model);
    } catch (MalformedModelException e) {
      throw new IOException("the engine refused the training program", e);
    } finally {
      Files.deleteIfExists(archive);
      Files.deleteIfExists(folder);
    }
  }

  /**
   * Loss and logits of one batch, before its step.
   *
   * @param logits (n, classes)
   */
  @SuppressWarnings("ArrayRecordComponent") // Made once, and read once.
  record StepResult(float loss, float[] logits) {}

  /**
   * Learns from one batch.
   *
   * @param rate learning rate
   * @param number of the step, from 1
   * @param average decay of the weights' average
   */
  StepResult step(Batch batch, double rate, long number, double average) {
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDList inputs = new NDList(pixels(scope, batch), target(scope, batch));
      NDList results = IValueUtils.forward(block, inputs, /* isTrain= */ true);
      results.attach(scope);
      update(results.subNDList(2), rate, number, average);
      return new StepResult(results.get(0).getFloat(), results.get(1).toFloatArray());
    }
  }

  private void update(NDList gradients, double rate, long number, double average) {
    PtNDArray[] arrays = gradients.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new);
    try (IValue list = IValue.listFrom(arrays);
        IValue rateValue = IValue.from(rate);
        IValue numberValue = IValue.from((double) number);
        IValue share = IValue.from(1 - average)) {
      IValueUtils.runMethod(block, "update", list, rateValue, numberValue, share, lists).close();
    }
  }

  private NDArray target(NDManager scope, Batch batch) {
    if (batch.mixing().mixes()) {
      float[] shares = batch.mixing().targets(batch.labels(), classes);
      return scope.create(shares, new Shape(batch.count(), classes));
    }
    long[] labels = new long[batch.count()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = batch.labels()[i];
    }
    return scope.create(labels);
  }

  /** The (n, classes) logits of a batch with the running statistics. */
  float[] evaluate(Batch batch) {
    try (NDManager scope = model.getNDManager().newSubManager();
        IValue input = IValue.from((PtNDArray) pixels(scope, batch));
        IValue output = IValueUtils.runMethod(block, "evaluate", input);
        PtNDArray logits = output.toTensor((PtNDManager) scope)) {
      return logits.toFloatArray();
    }
  }

  private static NDArray pixels(NDManager scope, Batch batch) {
    int length = batch.count() * batch.side() * batch.side() * 3;
    ByteBuffer bytes = ByteBuffer.wrap(batch.pixels(), 0, length);
    Shape shape = new Shape(batch.count(), batch.side(), batch.side(), 3);
    return scope.create(bytes, shape, DataType.UINT8);
  }

  /** Exchanges the weights and their average, where there is one. */
  void swap() {
    IValueUtils.runMethod(block, "swap", lists).close();
  }

  /** A copy of every tensor of the program. */
  SequencedMap<String, FloatTensor> state() {
    try (NDManager scope = model.getNDManager().newSubManager();
        IValue output = IValueUtils.runMethod(block, "state")) {
      PtNDArray[] values = output.toTensorArray((PtNDManager) scope);
      SequencedMap<String, FloatTensor> copies = new LinkedHashMap<>();
      int i = 0;
      for (Map.Entry<String, List<Integer>> tensor : tensors.entrySet()) {
        copies.put(tensor.getKey(), new FloatTensor(tensor.getValue(), values[i++].toFloatArray()));
      }
      return copies;
    }
  }

  @Override
  public void close() {
    lists.close();
    model.close();
  }
}
