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
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.torchscript.CalibrationProgram;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;

/**
 * Measures what a network's activations span on images that it is shown, for 8-bit plans.
 *
 * <p>Belongs to the thread that made it, which must have said {@link NativeRuntime#adopt}.
 */
public final class Calibrator implements AutoCloseable {

  private final CalibrationProgram program;
  private final Model model;
  private final PtSymbolBlock block;

  private Calibrator(CalibrationProgram program, Model model) {
    this.program = program;
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
  }

  /** Loads a network; its weights are not needed afterwards. */
  public static Calibrator load(Network network, Preprocessing preprocessing)
      throws IOException, EngineException {
    CalibrationProgram program = new CalibrationProgram(network);
    Path archive = Files.createTempFile("calibration-", ".pt");
    Model model = Model.newInstance("calibration", Device.cpu(), "PyTorch");
    try {
      program.write(archive, preprocessing.crop(), preprocessing.normalization());
      model.load(archive);
      Calibrator calibrator = new Calibrator(program, model);
      IValueUtils.runMethod(calibrator.block, "prepare").close();
      return calibrator;
    } catch (MalformedModelException | RuntimeException e) {
      model.close();
      throw EngineException.because("the calibration program was refused", e);
    } finally {
      Files.deleteIfExists(archive);
    }
  }

  /** Shows images of the model's crop size, and counts. */
  public void observe(List<Pixels> batch) {
    Pixels first = batch.getFirst();
    ByteBuffer bytes = ByteBuffer.allocateDirect(batch.size() * first.rgb().length);
    batch.forEach(image -> bytes.put(image.rgb()));
    Shape shape = new Shape(batch.size(), first.height(), first.width(), 3);
    try (NDManager scope = model.getNDManager().newSubManager();
        NDArray pixels = scope.create(bytes.flip(), shape, DataType.UINT8);
        IValue input = IValue.from((PtNDArray) pixels)) {
      IValueUtils.runMethod(block, "observe", input).close();
    }
  }

  /**
   * The range of each activation, as the network names them.
   *
   * @throws IllegalArgumentException if no image was shown or a value was not finite
   */
  public SequencedMap<String, ActivationRange> ranges() {
    try (IValue counts = IValueUtils.runMethod(block, "counts");
        NDArray array = counts.toTensor((PtNDManager) model.getNDManager())) {
      return program.ranges(array.toLongArray());
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
