package io.github.resnetserving.cli.bench;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.engine.PlanWriter;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.Calibration;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.Precision;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "plan",
    description = {
      "Writes a model's plan as a TorchScript archive, for PyTorch to run or people to read; a"
          + " direct plan as safetensors with the graph in its metadata.",
      "Needs neither the native engine nor the device that the plan is for."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchPlanCommand extends ConsoleCommand {

  @Mixin private ModelChoice choice = new ModelChoice();

  @Option(
      names = "--for",
      defaultValue = "cpu",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Target target = Target.CPU;

  @Option(
      names = "--plan",
      defaultValue = "fused",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private PlanKind kind = PlanKind.FUSED;

  @Option(
      names = "--precision",
      defaultValue = "fp32",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Precision precision = Precision.FP32;

  @Parameters(paramLabel = "FILE.pt", description = "Where to write it.")
  private Path file = Path.of("");

  @Override
  public Integer call() throws Exception {
    ModelSpec model = choice.find();
    ModelRepository.verify(model);
    try (NetworkFile weights = NetworkFile.open(model.weights(), model.network())) {
      Network network = weights.network();
      Optional<Calibration> calibration = Calibration.find(model);
      if (precision == Precision.INT8 && calibration.isPresent()) {
        network = network.calibrated(calibration.get().ranges());
      }
      PlanWriter.write(file, network, target, kind, precision, model.preprocessing());
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    PrintWriter out = out();
    out.println(file);
    out.flush();
    return 0;
  }
}
