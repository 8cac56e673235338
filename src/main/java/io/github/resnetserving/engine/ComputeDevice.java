package io.github.resnetserving.engine;

import io.github.resnetserving.engine.NvidiaDriver.Gpus;
import io.github.resnetserving.plan.Target;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What networks are computed on: the machine's processors, or its container's share of them, or one
 * GPU.
 *
 * @param target what its plans are written for
 * @param index of a GPU, as CUDA counts those that this process may see
 * @param name of a GPU, such as {@code NVIDIA H200}
 */
public record ComputeDevice(Target target, int index, String name) {

  public static final ComputeDevice CPU = new ComputeDevice(Target.CPU, 0, "");
  private static final String GPU = "gpu:";

  /** As options spell it: {@code cpu}, {@code gpu:0}. */
  public String id() {
    return target == Target.CPU ? "cpu" : GPU + index;
  }

  /** Batches that are computed at the same time where so many are wanted: a GPU has one worker. */
  public int workers(int wanted) {
    return target == Target.CPU ? wanted : 1;
  }

  /**
   * The device as configured.
   *
   * @param id {@code auto} for the first GPU where there is one that the engine can use and else
   *     the processor; {@code cpu}; or {@code gpu:N}, counted from 0
   */
  public record Setting(String id) {

    public static final Setting AUTO = new Setting("auto");
    private static final Logger log = LoggerFactory.getLogger(ComputeDevice.class);
    private static final String CUDA_ENGINE =
        "point PYTORCH_LIBRARY_PATH to the libraries of a PyTorch with CUDA and set"
            + " PYTORCH_FLAVOR=cu128";

    public Setting {
      id = id.strip().toLowerCase(Locale.ROOT);
      if (!id.matches("auto|cpu|gpu:\\d{1,3}")) {
        throw new IllegalArgumentException(
            "\"%s\" is no device: take auto, cpu, or gpu:N, such as gpu:0".formatted(id));
      }
    }

    /**
     * The device that is meant on this machine, or in its container.
     *
     * @throws EngineException if it names a GPU that cannot be used, saying what was found and what
     *     to do
     */
    public ComputeDevice choose() throws EngineException {
      return choose(NvidiaDriver::gpus, NativeRuntime::hasCuda);
    }

    /**
     * Chooses. Nothing is looked for before it is needed: telling whether the native engine knows
     * CUDA means loading it.
     *
     * @param cudaEngine whether the native engine can use a GPU that is there
     */
    ComputeDevice choose(Supplier<Gpus> gpus, BooleanSupplier cudaEngine) throws EngineException {
      if (id.equals(CPU.id())) {
        return CPU;
      }
      Gpus found = gpus.get();
      return equals(AUTO) ? automatic(found, cudaEngine) : named(found, cudaEngine);
    }

    private static ComputeDevice automatic(Gpus found, BooleanSupplier cudaEngine) {
      if (found.names().isEmpty()) {
        return ComputeDevice.CPU;
      }
      if (!cudaEngine.getAsBoolean()) {
        log.info(
            "There is a GPU ({}), but the native engine is the one for processors, so these"
                + " compute: to use it, {}.",
            found.names().getFirst(),
            CUDA_ENGINE);
        return ComputeDevice.CPU;
      }
      return new ComputeDevice(Target.GPU, 0, found.names().getFirst());
    }

    private ComputeDevice named(Gpus found, BooleanSupplier cudaEngine) throws EngineException {
      int gpu = Integer.parseInt(id.substring(GPU.length()));
      List<String> names = found.names();
      if (names.isEmpty()) {
        throw new EngineException(
            ("%s was asked for, but %s: take auto or cpu, or run where a GPU is;"
                    + " a container must be given it, as docker run --gpus does")
                .formatted(id, found.reason()));
      }
      if (gpu >= names.size()) {
        throw new EngineException(
            "%s was asked for, but there is only %s: take one of these, auto or cpu"
                .formatted(id, listed(names)));
      }
      if (!cudaEngine.getAsBoolean()) {
        throw new EngineException(
            "%s was asked for and is there (%s), but the native engine is the one for processors: %s, or take cpu"
                .formatted(id, names.get(gpu), CUDA_ENGINE));
      }
      return new ComputeDevice(Target.GPU, gpu, names.get(gpu));
    }

    private static String listed(List<String> names) {
      StringBuilder list = new StringBuilder();
      for (int i = 0; i < names.size(); i++) {
        list.append(i == 0 ? "" : ", ").append("gpu:%d (%s)".formatted(i, names.get(i)));
      }
      return list.toString();
    }

    @Override
    public String toString() {
      return id;
    }
  }
}
