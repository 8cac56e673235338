package io.github.resnetserving.engine;

import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.PlanReport.PlanMeasurement;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries the plans of one network, one after another: not more than two are in memory at a time. */
final class Autotuner {

  private static final Logger log = LoggerFactory.getLogger(Autotuner.class);

  /**
   * How far a logit may be from the first plan's, as a part of the largest. Rounding to bfloat16
   * moves float32's logits by up to 0.01 in these networks; a kernel that computes something else
   * is off by 1.
   */
  private static final double AGREES = 0.03;

  private static final int ROUNDS = 3;

  private static final String COMPANY =
      "an image's bits depend on its batch: resnet.engine.deterministic=false allows it";

  private final PlanSource source;
  private final EngineOptions options;
  private final Path workspace;
  private final EngineThreads threads;
  private final PlanVariant.Opener opener;
  private final IdleTurns turns;

  /**
   * @param workspace an empty folder, where the plans are written
   * @param threads where the plans are tried
   * @param opener makes them of their files
   * @param turns when they are
   */
  Autotuner(
      PlanSource source,
      EngineOptions options,
      Path workspace,
      EngineThreads threads,
      PlanVariant.Opener opener,
      IdleTurns turns) {
    this.source = source;
    this.options = options;
    this.workspace = workspace;
    this.threads = threads;
    this.opener = opener;
    this.turns = turns;
  }

  /** The first plan that can be loaded: of a precision, that which is likely to be faster. */
  InferenceEngine first(List<PlanVariant> candidates) throws IOException, EngineException {
    List<Precision> precisions = candidates.stream().map(PlanVariant::precision).toList();
    List<PlanVariant> ordered =
        candidates.stream()
            .sorted(
                Comparator.comparingInt((PlanVariant c) -> precisions.indexOf(c.precision()))
                    .thenComparing(PlanVariant::kind))
            .toList();
    EngineException failure = null;
    for (PlanVariant candidate : ordered) {
      try {
        return load(candidate).warmedUp(options.maxBatch());
      } catch (EngineException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    throw failure == null ? none() : failure;
  }

  /**
   * A plan that runs.
   *
   * @param outputs of the probe images
   */
  private record Running(
      InferenceEngine engine, List<NetworkOutput> outputs, PlanMeasurement trial) {

    /** Whether the other may not serve, or is slower; a plan that keeps its bits goes first. */
    boolean beats(@Nullable Running other) {
      if (trial.refused() != null || other == null) {
        return trial.refused() == null;
      }
      return trial.deterministic() == other.trial.deterministic()
          ? trial.millis() < other.trial.millis()
          : trial.deterministic();
    }
  }

  /**
   * The fastest plan of those whose answers agree with the first's; where equal bits are wanted, of
   * those that give an image the same bits in any batch, unless there are none.
   *
   * @return with a trial of each
   */
  InferenceEngine best(List<PlanVariant> candidates) throws IOException, EngineException {
    List<Pixels> probes = ProbeInputs.of(options.maxBatch(), source.preprocessing().crop());
    List<PlanMeasurement> trials = new ArrayList<>();
    List<NetworkOutput> expected = null;
    Running best = null;
    try {
      for (PlanVariant candidate : candidates) {
        Running running;
        try {
          running = run(candidate, probes, expected, best);
        } catch (EngineException e) {
          log.info("{}: {}", source.name(), e.getMessage());
          trials.add(refused(candidate, String.valueOf(e.getMessage())));
          continue;
        }
        expected = expected == null ? running.outputs() : expected;
        PlanMeasurement trial = running.trial();
        trials.add(trial);
        log(trial);
        if (running.beats(best)) {
          close(best);
          best = running;
        } else {
          running.engine().close();
        }
      }
    } catch (IOException | RuntimeException e) {
      close(best);
      throw e;
    }
    if (best == null) {
      throw none();
    }
    best.engine().tried(judged(trials, best.trial().deterministic()));
    return best.engine().warmedUp(options.maxBatch());
  }

  /** Says of plans whose bits depend on the batch why they do not serve, where others do. */
  private List<PlanMeasurement> judged(List<PlanMeasurement> trials, boolean deterministic) {
    if (!deterministic) {
      if (options.deterministic()) {
        log.warn(
            "{}: an image's bits depend on its batch in every plan on {}, so equal bits are not"
                + " promised here",
            source.name(),
            options.device().id());
      }
      return trials;
    }
    return trials.stream()
        .map(trial ->
            trial.refused() == null && !trial.deterministic() ? trial.refused(COMPANY) : trial)
        .toList();
  }

  /**
   * Loads a plan and measures it.
   *
   * @param expected outputs of the probe images; null for its own
   * @param best the fastest plan so far, to take turns with; null where there is none
   */
  private Running run(
      PlanVariant candidate,
      List<Pixels> probes,
      @Nullable List<NetworkOutput> expected,
      @Nullable Running best)
      throws IOException, EngineException {
    InferenceEngine engine = load(candidate);
    try {
      List<NetworkOutput> outputs = engine.run(probes);
      double difference = difference(outputs, expected == null ? outputs : expected);
      boolean deterministic =
          options.deterministic() && new SameBits(engine, probes, turns).asIn(outputs);
      var rates = best == null ? rates(engine) : rates(engine, best);
      return new Running(engine, outputs, trial(candidate, rates, difference, deterministic));
    } catch (IOException | EngineException | RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  /** Where a plan was written that has been loaded. */
  Path archive(PlanVariant candidate) {
    return workspace.resolve(candidate.id() + candidate.extension());
  }

  private InferenceEngine load(PlanVariant candidate) throws IOException, EngineException {
    turns.next();
    Path archive = archive(candidate);
    source.open(network -> {
      var written = options.dataFree() ? network.uncalibrated() : network;
      PlanWriter.write(
          archive,
          written,
          options.device().target(),
          candidate.kind(),
          candidate.precision(),
          source.preprocessing());
    });
    PlanReport unknown =
        new PlanReport(
            candidate.plan(),
            candidate.precision().id(),
            options.device().id(),
            /* copies= */ 0,
            /* trials= */ List.of());
    return InferenceEngine.open(archive, unknown, source.preprocessing(), options, threads, opener);
  }

  /**
   * Images a second of all workers together, at the sizes of full batches and of the powers of two
   * below.
   */
  private SequencedMap<Integer, Double> rates(InferenceEngine engine)
      throws IOException, EngineException {
    SequencedMap<Integer, Double> rates = new TreeMap<>();
    for (int size = options.maxBatch(); size >= 1; size = Integer.highestOneBit(size - 1)) {
      List<Pixels> batch = batch(size);
      turns.next();
      engine.runOnEach(batch); // kernels are compiled at the first run
      double[] seconds = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        seconds[round] = seconds(engine, batch);
      }
      rates.put(size, options.workers() * size / median(seconds));
    }
    return rates;
  }

  /**
   * Those that it would have had when the other was measured: both run by turns, for a machine that
   * others use, too, may be twice as fast a moment later.
   */
  private SequencedMap<Integer, Double> rates(InferenceEngine engine, Running other)
      throws IOException, EngineException {
    SequencedMap<Integer, Double> rates = new TreeMap<>();
    for (Map.Entry<Integer, Double> measured : other.trial().rates().entrySet()) {
      List<Pixels> batch = batch(measured.getKey());
      turns.next();
      engine.runOnEach(batch);
      double[] faster = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        double seconds = seconds(engine, batch);
        faster[round] = seconds(other.engine(), batch) / seconds;
      }
      rates.put(measured.getKey(), measured.getValue() * median(faster));
    }
    return rates;
  }

  private List<Pixels> batch(int size) {
    return Collections.nCopies(size, InferenceEngine.gray(source.preprocessing().crop()));
  }

  private static double seconds(InferenceEngine engine, List<Pixels> batch) throws EngineException {
    long start = System.nanoTime();
    engine.runOnEach(batch);
    return (System.nanoTime() - start) / 1e9;
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /**
   * The largest of a logit, as a part of the largest logit; of features where there are no logits.
   */
  static double difference(List<NetworkOutput> outputs, List<NetworkOutput> expected) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < outputs.size(); i++) {
      float[] given = compared(outputs.get(i));
      float[] wanted = compared(expected.get(i));
      for (int c = 0; c < wanted.length; c++) {
        largest = Math.max(largest, Math.abs(wanted[c]));
        double off = Math.abs((double) given[c] - wanted[c]);
        difference = Double.isFinite(off) ? Math.max(difference, off) : Double.POSITIVE_INFINITY;
      }
    }
    return largest == 0 ? difference : difference / largest;
  }

  private static float[] compared(NetworkOutput output) {
    return output.logits().length > 0 ? output.logits() : output.features();
  }

  private static PlanMeasurement trial(
      PlanVariant candidate,
      SequencedMap<Integer, Double> rates,
      double difference,
      boolean deterministic) {
    String refused =
        difference <= AGREES
            ? null
            : "its answers differ from the first plan's by %.3g of the largest logit"
                .formatted(difference);
    return new PlanMeasurement(
        candidate.plan(), candidate.precision().id(), rates, difference, deterministic, refused);
  }

  private static PlanMeasurement refused(PlanVariant candidate, String reason) {
    return new PlanMeasurement(
        candidate.plan(),
        candidate.precision().id(),
        new TreeMap<>(),
        /* difference= */ null,
        /* deterministic= */ false,
        reason);
  }

  private void log(PlanMeasurement trial) {
    log.info(
        "{}: {} plan in {} on {}: images a second by batch size {}, difference from the first {},"
            + " same bits in any batch {}{}",
        source.name(),
        trial.plan(),
        trial.precision(),
        options.device().id(),
        rounded(trial.rates()),
        "%.1e".formatted(trial.difference()),
        options.deterministic() ? trial.deterministic() : "not compared",
        trial.refused() == null ? "" : ": refused, " + trial.refused());
  }

  private static SequencedMap<Integer, String> rounded(SequencedMap<Integer, Double> rates) {
    SequencedMap<Integer, String> rounded = new TreeMap<>();
    rates.forEach((size, rate) -> rounded.put(size, "%.1f".formatted(rate)));
    return rounded;
  }

  private static void close(@Nullable Running running) {
    if (running != null) {
      running.engine().close();
    }
  }

  private EngineException none() {
    return new EngineException("no plan of %s runs here".formatted(source.name()));
  }
}
