package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.PrecisionSetting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

@Command(
    name = "serve",
    description = {
      "Serves over HTTP. This is what happens without a command.",
      "Every configuration property can be given as well, as --name.of.property=value."
    },
    mixinStandardHelpOptions = true)
final class ServeCommand extends ConsoleCommand {

  private final Consumer<List<String>> server;

  @Option(names = "--port", paramLabel = "N", description = "TCP port; 0 takes a free one.")
  private @Nullable Integer port;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "A model to serve; may be given again for more.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = "--default-model",
      paramLabel = "NAME",
      description = "The model that answers requests which name none.")
  private @Nullable String defaultModel;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      description = {
        "Where models lie, as NAME/VERSION/model.json.",
        "A folder with one model's own files serves that, as the default model."
      })
  private @Nullable Path modelsDir;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "What computes: cpu, gpu:N, or auto for the first GPU that the engine can use, else cpu"
              + " (default: auto).")
  private ComputeDevice.@Nullable Setting device;

  @Option(
      names = "--precision",
      description = "What networks compute in: ${COMPLETION-CANDIDATES} (default: auto).")
  private @Nullable PrecisionSetting precision;

  @Option(names = "--offline", description = "Fetch nothing, whatever is configured.")
  private boolean offline;

  @Unmatched private List<String> others = new ArrayList<>();

  ServeCommand(Consumer<List<String>> server) {
    this.server = server;
  }

  @Override
  public Integer call() {
    List<String> properties = new ArrayList<>();
    for (String other : others) {
      if (!other.matches("--[a-z][a-z0-9-]*(\\.[A-Za-z0-9\\[\\]-]+)+=.*")) {
        throw usage(
            "\"%s\" is no option of serve, and no property of the form --name.of.property=value"
                .formatted(other));
      }
      properties.add(other);
    }
    if (port != null) {
      properties.add("--server.port=" + port);
    }
    if (!models.isEmpty()) {
      properties.add("--resnet.models=" + String.join(",", models));
    }
    if (defaultModel != null) {
      properties.add("--resnet.default-model=" + defaultModel);
    }
    if (modelsDir != null) {
      properties.add("--resnet.models-dir=" + modelsDir);
    }
    if (device != null) {
      properties.add("--resnet.device=" + device.id());
    }
    if (precision != null) {
      properties.add("--resnet.precision=" + precision.id());
    }
    if (offline) {
      properties.add("--resnet.offline=true");
    }
    server.accept(properties);
    return 0;
  }
}
