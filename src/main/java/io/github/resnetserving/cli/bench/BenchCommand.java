package io.github.resnetserving.cli.bench;

import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.Initialization;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    subcommands = {
      BenchHttpCommand.class,
      BenchImageCommand.class,
      BenchPlanCommand.class,
      BenchMachineCommand.class,
      BenchCapacityCommand.class
    },
    description = {
      "Measures how many images a second this machine's engine runs, plan by plan. Ratios are to"
          + " the eager plan where it takes part, else to the first.",
      "The plans take turns in every round, so that a change of the machine's speed meets them"
          + " all.",
      "With --turns another program takes turns with this one: for every line of its input it"
          + " measures one round."
    },
    mixinStandardHelpOptions = true)
public final class BenchCommand extends ConsoleCommand {

  private static final int CLASSES = 1000;
  private static final String EAGER = PlanBench.label(PlanKind.EAGER, Precision.FP32);

  @Mixin private DeviceChoice device = new DeviceChoice();

  @Option(
      names = "--arch",
      defaultValue = "resnet50",
      description = "The network, with random weights (default: ${DEFAULT-VALUE}).")
  private String architecture = "";

  @Option(
      names = "--batch",
      split = ",",
      defaultValue = "1,8",
      description = "Batch sizes (default: ${DEFAULT-VALUE}).")
  private List<Integer> batches = new ArrayList<>();

  @Option(
      names = "--precision",
      split = ",",
      defaultValue = "fp32",
      description = "${COMPLETION-CANDIDATES}; float32 in every plan (default: ${DEFAULT-VALUE}).")
  private List<Precision> precisions = new ArrayList<>();

  @Option(
      names = "--plan",
      split = ",",
      description = "${COMPLETION-CANDIDATES} (default: all that there are).")
  private List<PlanKind> kinds = List.of(PlanKind.values());

  @Option(
      names = "--turns",
      description = "A round for every line of standard input; one batch size.")
  private boolean turns;

  @Option(names = "--rounds", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(names = "--threads", description = "Default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      defaultValue = "1",
      description = "Time for each plan in each round (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = out();
    if (rounds < 1 || threads < 1 || batches.stream().anyMatch(batch -> batch < 1)) {
      throw usage("rounds, threads and batch sizes must be at least 1");
    }
    if (turns && batches.size() != 1) {
      throw usage("--turns takes one batch size");
    }
    Topology topology = topology();
    ComputeDevice computes = device.setting().choose();
    int size = Architecture.imageSize(topology);
    Preprocessing preprocessing = size == 32 ? Preprocessing.CIFAR : Preprocessing.TORCHVISION_V1;
    Path file = Files.createTempFile("bench", ".safetensors");
    try {
      SafetensorsWriter.write(file, Initialization.random(topology, /* seed= */ 1), Map.of());
      if (!turns) {
        out.printf(
            Locale.ROOT,
            "%s on %s, %d threads, median of %d rounds%n",
            architecture,
            computes.id(),
            threads,
            rounds);
        out.printf(Locale.ROOT, "%6s  %-11s %12s %10s%n", "batch", "plan", "images/s", "ratio");
      }
      for (int batch : batches) {
        EngineOptions options = new EngineOptions(threads, batch, null).on(computes);
        try (var plans = PlanBench.open(file, preprocessing, options, precisions, kinds)) {
          if (plans.isEmpty()) {
            throw usage("none of these plans exists here in these precisions");
          }
          if (turns) {
            takeTurns(plans, out);
          } else {
            measure(plans, batch, out);
          }
        }
      }
    } finally {
      Files.deleteIfExists(file);
    }
    return 0;
  }

  private Topology topology() {
    try {
      return Architecture.named(architecture, CLASSES);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private void measure(PlanBench plans, int batch, PrintWriter out) throws EngineException {
    List<Map<String, Double>> measured = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      measured.add(plans.rates(batch, seconds));
    }
    List<String> labels = List.copyOf(measured.getFirst().keySet());
    String base = labels.contains(EAGER) ? EAGER : labels.getFirst();
    for (String label : labels) {
      out.printf(
          Locale.ROOT,
          "%6d  %-11s %12.1f %10.2f%n",
          batch,
          label,
          median(measured, label),
          median(measured, label) / median(measured, base));
    }
    out.flush();
  }

  private static double median(List<Map<String, Double>> rounds, String label) {
    double[] sorted = rounds.stream().mapToDouble(rates -> rates.get(label)).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private void takeTurns(PlanBench plans, PrintWriter out) throws IOException, EngineException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    out.println("ready");
    out.flush();
    while (in.readLine() != null) {
      plans
          .rates(batches.getFirst(), seconds)
          .forEach((label, rate) -> out.printf(Locale.ROOT, "%s %.2f%n", label, rate));
      out.flush();
    }
  }
}
