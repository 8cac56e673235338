package io.github.resnetserving.engine;

import java.util.Locale;

/**
 * What networks shall be computed on, as configured.
 *
 * @param id {@code auto} for the first GPU where there is one that the engine can use and else the
 *     processor; {@code cpu}; or {@code gpu:N}, counted from 0
 */
public record DeviceSetting(String id) {

  public static final DeviceSetting AUTO = new DeviceSetting("auto");

  private static final String CPU = "cpu";
  private static final String GPU = "gpu:";

  public DeviceSetting {
    id = id.strip().toLowerCase(Locale.ROOT);
    if (!id.matches("auto|cpu|gpu:\\d{1,3}")) {
      throw new IllegalArgumentException(
          "\"%s\" is no device: take auto, cpu, or gpu:N, such as gpu:0".formatted(id));
    }
  }

  boolean isAuto() {
    return equals(AUTO);
  }

  boolean isProcessor() {
    return id.equals(CPU);
  }

  /** The GPU's index, of a setting that names one. */
  int gpu() {
    return Integer.parseInt(id.substring(GPU.length()));
  }

  @Override
  public String toString() {
    return id;
  }
}
