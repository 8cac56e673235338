package io.github.resnetserving.cli.options;

import io.github.resnetserving.engine.ComputeDevice;
import picocli.CommandLine.Option;

/** The option that says what computes. */
public final class DeviceChoice {

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "What computes: cpu, gpu:N, or auto for the first GPU that the engine can use, else cpu"
              + " (default: ${DEFAULT-VALUE}).")
  private ComputeDevice.Setting setting = ComputeDevice.Setting.AUTO;

  /** What was asked for. */
  public ComputeDevice.Setting setting() {
    return setting;
  }
}
