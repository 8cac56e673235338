package io.github.resnetserving;

import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.PoissonLoad;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Poisson load on the batching of one network, beside an ideal batcher.
 *
 * <p>Arguments: what runs ({@code resnet50}, {@code cifar}, {@code sleep:FIXED:EACH} or {@code
 * busy:FIXED:EACH} in milliseconds), seconds a load, loads as parts of the capacity with commas,
 * the deadline in milliseconds, and if wanted the maximum delay and the target for the p99 in
 * milliseconds.
 */
public final class BatchLoad {

  private static final int LARGEST = 8;
  private static final long SEED = 1; // of the first load; each has arrivals of its own

  private BatchLoad() {}

  public static void main(String[] args) throws Exception {
    String[] what = args[0].split(":", -1);
    Duration time = Duration.ofSeconds(Long.parseLong(args[1]));
    double[] loads = Stream.of(args[2].split(",", -1)).mapToDouble(Double::parseDouble).toArray();
    Duration deadline = Duration.ofMillis(Long.parseLong(args[3]));
    Duration delay = Duration.ofMillis(args.length > 4 ? Long.parseLong(args[4]) : 0);
    @Nullable Duration target = args.length > 5 ? Duration.ofMillis(Long.parseLong(args[5])) : null;
    BatchSettings settings =
        BatchSettings.of(BatchSizes.upTo(LARGEST)).withMaxDelay(delay).withTargetP99(target);
    switch (what[0]) {
      case "resnet50" -> {
        try (var network = FormulaNetwork.of(Architecture.named("resnet50", 1000));
            var engine =
                InferenceEngine.load(
                    network.network(),
                    Preprocessing.TORCHVISION_V1,
                    EngineOptions.ofMachine(LARGEST))) {
          load(engine::run, gray(224), settings, deadline, loads, time);
        }
      }
      case "cifar" -> {
        ModelSpec spec =
            new ModelRepository(Path.of("models"))
                .find(ModelRepository.BUNDLED_SMALL)
                .orElseThrow();
        try (var engine = new EngineLoader().load(spec, EngineOptions.ofMachine(LARGEST))) {
          load(engine::run, gray(32), settings, deadline, loads, time);
        }
      }
      default -> {
        double fixed = Double.parseDouble(what[1]);
        double each = Double.parseDouble(what[2]);
        boolean busy = what[0].equals("busy");
        BatchFunction<Integer, Integer> function =
            inputs -> {
              spend((long) ((fixed + each * inputs.size()) * 1e6), busy);
              return inputs;
            };
        load(function, 0, settings, deadline, loads, time);
      }
    }
  }

  private static <I, O> void load(
      BatchFunction<I, O> function,
      I input,
      BatchSettings settings,
      Duration deadline,
      double[] loads,
      Duration time)
      throws Exception {
    var load = new PoissonLoad<>(function, input, settings, deadline, System.out);
    for (int i = 0; i < loads.length; i++) {
      load.run(loads[i], time, SEED + i);
    }
  }

  private static Pixels gray(int side) {
    return new Pixels(side, side, new byte[side * side * 3]);
  }

  private static void spend(long nanos, boolean busy) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      if (busy) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(left);
      }
    }
  }
}
