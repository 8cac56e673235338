package io.github.resnetserving.engine;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process can compute on. Nothing is looked for before it is needed: telling whether the
 * native engine knows CUDA means loading it.
 */
public final class Devices {

  private static final Logger log = LoggerFactory.getLogger(Devices.class);

  private static final String CUDA_ENGINE =
      "point PYTORCH_LIBRARY_PATH to the libraries of a PyTorch with CUDA and set"
          + " PYTORCH_FLAVOR=cu128";

  private final Supplier<Gpus> gpus;
  private final BooleanSupplier cudaEngine;

  /**
   * @param cudaEngine whether the native engine can use a GPU that is there
   */
  Devices(Supplier<Gpus> gpus, BooleanSupplier cudaEngine) {
    this.gpus = gpus;
    this.cudaEngine = cudaEngine;
  }

  /** Those of this machine, or its container. */
  public static Devices ofMachine() {
    return new Devices(NvidiaDriver::gpus, NativeRuntime::hasCuda);
  }

  /**
   * The device that a setting means here.
   *
   * @throws EngineException if it names a GPU that cannot be used, saying what was found and what
   *     to do
   */
  public ComputeDevice choose(DeviceSetting setting) throws EngineException {
    if (setting.isProcessor()) {
      return ComputeDevice.CPU;
    }
    Gpus found = gpus.get();
    return setting.isAuto() ? automatic(found) : named(setting, found);
  }

  private ComputeDevice automatic(Gpus found) {
    if (found.names().isEmpty()) {
      return ComputeDevice.CPU;
    }
    if (!cudaEngine.getAsBoolean()) {
      log.info(
          "There is a GPU ({}), but the native engine is the one for processors, so these compute:"
              + " to use it, {}.",
          found.names().getFirst(),
          CUDA_ENGINE);
      return ComputeDevice.CPU;
    }
    return new ComputeDevice.Gpu(0, found.names().getFirst());
  }

  private ComputeDevice named(DeviceSetting setting, Gpus found) throws EngineException {
    List<String> names = found.names();
    if (names.isEmpty()) {
      throw new EngineException(
          ("%s was asked for, but %s: take auto or cpu, or run where a GPU is;"
                  + " a container must be given it, as docker run --gpus does")
              .formatted(setting, found.reason()));
    }
    if (setting.gpu() >= names.size()) {
      throw new EngineException(
          "%s was asked for, but there is only %s: take one of these, auto or cpu"
              .formatted(setting, listed(names)));
    }
    if (!cudaEngine.getAsBoolean()) {
      throw new EngineException(
          "%s was asked for and is there (%s), but the native engine is the one for processors: %s, or take cpu"
              .formatted(setting, names.get(setting.gpu()), CUDA_ENGINE));
    }
    return new ComputeDevice.Gpu(setting.gpu(), names.get(setting.gpu()));
  }

  private static String listed(List<String> names) {
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      list.append(i == 0 ? "" : ", ").append("gpu:%d (%s)".formatted(i, names.get(i)));
    }
    return list.toString();
  }
}
