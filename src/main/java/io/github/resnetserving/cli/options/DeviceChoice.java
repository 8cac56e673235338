package io.github.resnetserving.cli.options;

import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.DeviceSetting;
import io.github.resnetserving.engine.Devices;
import io.github.resnetserving.engine.EngineException;
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
  private DeviceSetting setting = DeviceSetting.AUTO;

  /** What was asked for. */
  public DeviceSetting setting() {
    return setting;
  }

  /**
   * The device that was chosen.
   *
   * @throws EngineException if it is not there
   */
  public ComputeDevice find() throws EngineException {
    return Devices.ofMachine().choose(setting);
  }
}
