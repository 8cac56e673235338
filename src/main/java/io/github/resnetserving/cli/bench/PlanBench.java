package io.github.resnetserving.cli.bench;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/** One network in several plans, all in memory, to be timed in turn. */
final class PlanBench implements AutoCloseable {

  /** Runs of a plan before its time counts: caches hold another plan's weights by then. */
  private static final int WARM_UP_RUNS = 3;

  private final int side;
  private final SequencedMap<String, InferenceEngine> engines = new LinkedHashMap<>();

  private PlanBench(int side) {
    this.side = side;
  }

  /**
   * Loads every plan that there is here of those that are asked for.
   *
   * @param options of all of them, but for plan and precision
   */
  static PlanBench open(
      Path weights,
      Preprocessing preprocessing,
      EngineOptions options,
      List<Precision> precisions,
      List<PlanKind> kinds)
      throws IOException, EngineException {
    EngineLoader loader = new EngineLoader();
    PlanBench bench = new PlanBench(preprocessing.crop());
    try (NetworkFile file = NetworkFile.open(weights.toUri(), NetworkOptions.USUAL)) {
      Network network = file.network();
      for (Precision precision : precisions) {
        for (PlanKind kind : kinds) {
          if (kind.exists(precision, options.device().target())
              && (kind != PlanKind.DIRECT || NativeRuntime.hasOneDnn())) {
            EngineOptions own = options.with(kind).in(precision);
            bench.engines.put(label(kind, precision), loader.load(network, preprocessing, own));
          }
        }
      }
      return bench;
    } catch (IOException | EngineException | RuntimeException e) {
      bench.close();
      throw e;
    }
  }

  /** Such as {@code fused} and {@code direct bf16}. */
  static String label(PlanKind kind, Precision precision) {
    String plan = kind.name().toLowerCase(Locale.ROOT);
    return precision == Precision.FP32 ? plan : plan + " " + precision.id();
  }

  boolean isEmpty() {
    return engines.isEmpty();
  }

  /**
   * Runs every plan for some time.
   *
   * @return images a second by the plan's label
   */
  SequencedMap<String, Double> rates(int batch, double seconds) throws EngineException {
    List<Pixels> images =
        Collections.nCopies(batch, new Pixels(side, side, new byte[side * side * 3]));
    SequencedMap<String, Double> rates = new LinkedHashMap<>();
    for (var engine : engines.entrySet()) {
      rates.put(engine.getKey(), rate(engine.getValue(), images, seconds));
    }
    return rates;
  }

  private static double rate(InferenceEngine engine, List<Pixels> images, double seconds)
      throws EngineException {
    for (int i = 0; i < WARM_UP_RUNS; i++) {
      engine.run(images);
    }
    long start = System.nanoTime();
    int runs = 0;
    double elapsed;
    do {
      engine.run(images);
      runs++;
      elapsed = (System.nanoTime() - start) / 1e9;
    } while (elapsed < seconds);
    return runs * images.size() / elapsed;
  }

  @Override
  public void close() {
    engines.values().forEach(InferenceEngine::close);
  }
}
