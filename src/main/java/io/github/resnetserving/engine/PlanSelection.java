package io.github.resnetserving.engine;

import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.PlanReport;
import io.github.resnetserving.model.PlanTrial;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries the plans of one network, one after another: not more than two are in memory at a time. */
final class PlanSelection {

  private static final Logger log = LoggerFactory.getLogger(PlanSelection.class);

  /**
   * How far a logit may be from float32's, as a part of the largest. Rounding to bfloat16 moves
   * logits of these networks by up to 0.01; a kernel that computes something else is off by 1.
   */
  private static final double AGREES = 0.03;

  private static final int ROUNDS = 3;

  private final PlanSource source;
  private final EngineOptions options;
  private final Path workspace;
  private final EngineThreads threads;

  /**
   * @param workspace an empty folder, where the plans are written
   * @param threads where the plans are tried
   */
  PlanSelection(PlanSource source, EngineOptions options, Path workspace, EngineThreads threads) {
    this.source = source;
    this.options = options;
    this.workspace = workspace;
    this.threads = threads;
  }

  /** The first plan that can be loaded. */
  InferenceEngine first(List<Candidate> candidates) throws IOException, EngineException {
    EngineException failure = null;
    for (Candidate candidate : candidates) {
      try {
        return load(candidate);
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
   * The fastest plan of those whose answers agree with the first's, which is in float32.
   *
   * @return with a trial of each
   */
  InferenceEngine best(List<Candidate> candidates) throws IOException, EngineException {
    List<Pixels> probes = ProbePictures.of(options.maxBatch(), source.preprocessing().crop());
    List<PlanTrial> trials = new ArrayList<>();
    List<NetworkOutput> expected = null;
    InferenceEngine best = null;
    double bestMillis = Double.POSITIVE_INFINITY;
    for (Candidate candidate : candidates) {
      InferenceEngine engine;
      try {
        engine = load(candidate);
      } catch (EngineException e) {
        log.info("{}: {}", source.name(), e.getMessage());
        trials.add(refused(candidate, String.valueOf(e.getMessage())));
        continue;
      }
      List<NetworkOutput> outputs = engine.run(probes);
      expected = expected == null ? outputs : expected;
      PlanTrial trial = trial(candidate, rates(engine), difference(outputs, expected));
      trials.add(trial);
      log(trial);
      if (trial.refused() == null && trial.millis() < bestMillis) {
        close(best);
        best = engine;
        bestMillis = trial.millis();
      } else {
        engine.close();
      }
    }
    if (best == null) {
      throw none();
    }
    best.tried(trials);
    return best;
  }

  /** Where a plan was written that has been loaded. */
  Path archive(Candidate candidate) {
    return workspace.resolve(candidate.id() + ".pt");
  }

  private InferenceEngine load(Candidate candidate) throws IOException, EngineException {
    Path archive = archive(candidate);
    source.open(network -> {
      var written = options.dataFree() ? network.uncalibrated() : network;
      written.writePlan(
          archive,
          options.device().target(),
          candidate.kind(),
          candidate.precision(),
          source.preprocessing().crop(),
          source.preprocessing().normalization());
    });
    PlanReport unknown =
        new PlanReport(
            candidate.plan(),
            candidate.precision().id(),
            options.device().id(),
            /* copies= */ 0,
            /* trials= */ List.of());
    return InferenceEngine.open(archive, unknown, source.preprocessing(), options, threads);
  }

  /**
   * Medians at the sizes of full batches and of the powers of two below, of all workers together.
   */
  private SequencedMap<Integer, Double> rates(InferenceEngine engine) throws EngineException {
    SequencedMap<Integer, Double> rates = new TreeMap<>();
    for (int size = options.maxBatch(); size >= 1; size = Integer.highestOneBit(size - 1)) {
      Pixels gray = InferenceEngine.gray(source.preprocessing().crop());
      List<Pixels> batch = Collections.nCopies(size, gray);
      double[] seconds = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        engine.runOnEach(batch);
        seconds[round] = (System.nanoTime() - start) / 1e9;
      }
      Arrays.sort(seconds);
      rates.put(size, options.workers() * size / seconds[ROUNDS / 2]);
    }
    return rates;
  }

  /** The largest of a logit, as a part of the largest logit. */
  static double difference(List<NetworkOutput> outputs, List<NetworkOutput> expected) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < outputs.size(); i++) {
      float[] given = outputs.get(i).logits();
      float[] wanted = expected.get(i).logits();
      for (int c = 0; c < wanted.length; c++) {
        largest = Math.max(largest, Math.abs(wanted[c]));
        double off = Math.abs((double) given[c] - wanted[c]);
        difference = Double.isFinite(off) ? Math.max(difference, off) : Double.POSITIVE_INFINITY;
      }
    }
    return largest == 0 ? difference : difference / largest;
  }

  private static PlanTrial trial(
      Candidate candidate, SequencedMap<Integer, Double> rates, double difference) {
    String refused =
        difference <= AGREES
            ? null
            : "its answers differ from float32's by %.3g of the largest logit"
                .formatted(difference);
    return new PlanTrial(candidate.plan(), candidate.precision().id(), rates, difference, refused);
  }

  private static PlanTrial refused(Candidate candidate, String reason) {
    return new PlanTrial(
        candidate.plan(), candidate.precision().id(), new TreeMap<>(), null, reason);
  }

  private void log(PlanTrial trial) {
    log.info(
        "{}: {} plan in {} on {}: pictures a second by batch size {}, difference from float32 {}{}",
        source.name(),
        trial.plan(),
        trial.precision(),
        options.device().id(),
        rounded(trial.rates()),
        "%.1e".formatted(trial.difference()),
        trial.refused() == null ? "" : ": refused, " + trial.refused());
  }

  private static SequencedMap<Integer, String> rounded(SequencedMap<Integer, Double> rates) {
    SequencedMap<Integer, String> rounded = new TreeMap<>();
    rates.forEach((size, rate) -> rounded.put(size, "%.1f".formatted(rate)));
    return rounded;
  }

  private static void close(@Nullable InferenceEngine engine) {
    if (engine != null) {
      engine.close();
    }
  }

  private EngineException none() {
    return new EngineException("no plan of %s runs here".formatted(source.name()));
  }
}
