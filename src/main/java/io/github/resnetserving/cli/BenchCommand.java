package io.github.resnetserving.cli;

import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.model.Variant;
import io.github.resnetserving.network.Architecture;
import io.github.resnetserving.network.Network;
import io.github.resnetserving.network.PlanKind;
import io.github.resnetserving.network.Precision;
import io.github.resnetserving.network.Topology;
import io.github.resnetserving.training.Initialization;
import io.github.resnetserving.weights.Checkpoint;
import io.github.resnetserving.weights.SafetensorsWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "bench",
    subcommands = {BenchHttpCommand.class, BenchImageCommand.class, BenchPlanCommand.class},
    description = {
      "Measures how many pictures a second this machine's engine runs, plan by plan. Ratios are to the"
          + " eager plan where it takes part, else to the first.",
      "The plans take turns in every round, so that a change of the machine's speed meets them all."
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

  private static final int CLASSES = 1000;

  /** Runs of a plan before its time counts: caches hold another plan's weights by then. */
  private static final int WARM_UP_RUNS = 3;

  @Spec private @Nullable CommandSpec spec;
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
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter out = command.commandLine().getOut();
    if (rounds < 1 || threads < 1 || batches.stream().anyMatch(batch -> batch < 1)) {
      throw new ParameterException(
          command.commandLine(), "rounds, threads and batch sizes must be at least 1");
    }
    Topology topology = topology(command);
    ComputeDevice computes = device.find();
    int size = Architecture.imageSize(topology);
    Preprocessing preprocessing = size == 32 ? Preprocessing.CIFAR : Preprocessing.TORCHVISION_V1;
    Path file = Files.createTempFile("bench", ".safetensors");
    try {
      SafetensorsWriter.write(file, Initialization.random(topology, /* seed= */ 1), Map.of());
      out.printf(
          Locale.ROOT,
          "%s on %s, %d threads, median of %d rounds%n",
          architecture,
          computes.id(),
          threads,
          rounds);
      out.printf(Locale.ROOT, "%6s  %-11s %12s %10s%n", "batch", "plan", "pictures/s", "ratio");
      for (int batch : batches) {
        measure(file, preprocessing, batch, computes, out);
      }
    } finally {
      Files.deleteIfExists(file);
    }
    return 0;
  }

  private Topology topology(CommandSpec command) {
    try {
      return Architecture.named(architecture, CLASSES);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** What takes part. */
  private record Candidate(PlanKind kind, Precision precision) {
    String label() {
      String plan = kind.name().toLowerCase(Locale.ROOT);
      return precision == Precision.FP32 ? plan : plan + " " + precision.id();
    }
  }

  private List<Candidate> candidates(ComputeDevice computes) {
    List<Candidate> candidates = new ArrayList<>();
    for (Precision precision : precisions) {
      for (PlanKind kind : PlanKind.values()) {
        if (kind.exists(precision, computes.target())
            && (kind != PlanKind.DIRECT || NativeRuntime.hasOneDnn())) {
          candidates.add(new Candidate(kind, precision));
        }
      }
    }
    return candidates;
  }

  private void measure(
      Path file, Preprocessing preprocessing, int batch, ComputeDevice computes, PrintWriter out)
      throws IOException, EngineException {
    Map<Candidate, InferenceEngine> engines = new LinkedHashMap<>();
    EngineLoader loader = new EngineLoader();
    try (Checkpoint checkpoint = Checkpoint.open(file.toUri())) {
      Network network = Network.of(checkpoint.tensors(), Variant.V1_5);
      for (Candidate candidate : candidates(computes)) {
        engines.put(
            candidate,
            loader.load(
                network,
                preprocessing,
                new EngineOptions(threads, batch, candidate.kind())
                    .in(candidate.precision())
                    .on(computes)));
      }
      Map<Candidate, List<Double>> rates = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (Map.Entry<Candidate, InferenceEngine> engine : engines.entrySet()) {
          rates
              .computeIfAbsent(engine.getKey(), candidate -> new ArrayList<>())
              .add(rate(engine.getValue(), preprocessing.crop(), batch));
        }
      }
      List<Double> slowest = rates.get(new Candidate(PlanKind.EAGER, Precision.FP32));
      double base = median(slowest == null ? rates.values().iterator().next() : slowest);
      rates.forEach((candidate, measured) ->
          out.printf(
              Locale.ROOT,
              "%6d  %-11s %12.1f %10.2f%n",
              batch,
              candidate.label(),
              median(measured),
              median(measured) / base));
      out.flush();
    } finally {
      engines.values().forEach(InferenceEngine::close);
    }
  }

  private double rate(InferenceEngine engine, int size, int batch) throws EngineException {
    List<Pixels> pictures =
        Collections.nCopies(batch, new Pixels(size, size, new byte[size * size * 3]));
    for (int i = 0; i < WARM_UP_RUNS; i++) {
      engine.run(pictures);
    }
    long start = System.nanoTime();
    int runs = 0;
    double elapsed;
    do {
      engine.run(pictures);
      runs++;
      elapsed = (System.nanoTime() - start) / 1e9;
    } while (elapsed < seconds);
    return runs * batch / elapsed;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
