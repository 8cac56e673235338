package io.github.resnetserving.telemetry;

import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.confidence.Reference;
import io.github.resnetserving.confidence.Statistics;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Answer.Scores;
import io.github.resnetserving.inference.Answer.Verdict;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Labels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How sure a model's answers are, how unfamiliar its images and how its classes are shared out, and
 * how far that is from the images of its calibration.
 *
 * <p>The population stability index compares the last {@link #WINDOW} answers with the stored
 * reference; it is not a number until {@link #LEAST} have come. Meters appear with the first answer
 * that has something for them, so that a model that classifies nothing has none. Thread-safe.
 */
final class ConfidenceMetrics {

  static final int WINDOW = 2_000;
  static final int LEAST = 500;

  private static final double[] BUCKETS =
      IntStream.rangeClosed(1, Reference.BINS).mapToDouble(i -> i / 10.0).toArray();

  private final MeterGroup meters;
  private final Labels labels;
  private final ConcurrentMap<Integer, Counter> classes = new ConcurrentHashMap<>(); // by group
  private volatile @Nullable DistributionSummary confidence;
  private volatile @Nullable DistributionSummary novelty;
  private volatile @Nullable Drift drift;

  ConfidenceMetrics(MeterGroup meters, Labels labels) {
    this.meters = meters;
    this.labels = labels;
  }

  /** Registers the gauges where a reference is stored. */
  void compareWith(Confidence stored) {
    stored
        .reference()
        .ifPresent(reference -> {
          Window sure = new Window(reference.confidence());
          Window shares = new Window(reference.classes());
          Window unfamiliar = stored.hasNovelty() ? new Window(Reference.evenly()) : null;
          drift = new Drift(sure, shares, unfamiliar);
          gauge(sure, "confidence");
          gauge(shares, "classes");
          if (unfamiliar != null) {
            gauge(unfamiliar, "novelty");
          }
        });
  }

  private void gauge(Window window, String of) {
    meters.gauge(
        "resnet.drift",
        /* unit= */ null,
        "Population stability index of the last answers against the model's calibration",
        window,
        Window::stability,
        "of",
        of);
  }

  /** Counts an image's answer, if it is one that names classes. */
  void onOutcome(Outcome<?> outcome) {
    if (!(outcome instanceof Outcome.Success<?> success)) {
      return;
    }
    Verdict verdict =
        switch (success.value()) {
          case Classification classification -> classification.verdict();
          case Scores scores -> scores.verdict();
          default -> null;
        };
    if (verdict != null) {
      count(verdict);
    }
  }

  private void count(Verdict verdict) {
    if (verdict.index() >= labels.count()) {
      return; // of a model with more classes, which takes this one's place under the same version
    }
    int group = Reference.group(verdict.index(), labels.count());
    DistributionSummary sure = confidence;
    if (sure == null) {
      sure = summary("resnet.confidence", "Probability of the first class");
      confidence = sure;
    }
    sure.record(verdict.confidence());
    classes.computeIfAbsent(group, this::counter).increment();
    Double unfamiliar = verdict.novelty();
    if (unfamiliar != null) {
      DistributionSummary summary = novelty;
      if (summary == null) {
        summary = summary("resnet.novelty", "Share of the reference that is no more unfamiliar");
        novelty = summary;
      }
      summary.record(unfamiliar);
    }
    Drift compared = drift;
    if (compared != null) {
      compared.add(verdict, group);
    }
  }

  private DistributionSummary summary(String name, String description) {
    return meters.summary(name, "ratio", description, BUCKETS);
  }

  private Counter counter(int group) {
    return meters.counter(
        "resnet.answers", "images", "Images by their first class", "class", name(group));
  }

  /** A class's name or, where several are counted together, the first and last index. */
  private String name(int group) {
    int count = labels.count();
    int first =
        IntStream.range(0, count)
            .filter(i -> Reference.group(i, count) == group)
            .min()
            .orElseThrow();
    int last =
        IntStream.range(0, count)
            .filter(i -> Reference.group(i, count) == group)
            .max()
            .orElseThrow();
    return first == last ? labels.get(first).name() : first + "-" + last;
  }

  /** What is compared; no novelty where the model stores none. */
  private record Drift(Window confidence, Window classes, @Nullable Window novelty) {

    void add(Verdict verdict, int group) {
      confidence.add(Reference.bin(verdict.confidence()));
      classes.add(group);
      Double unfamiliar = verdict.novelty();
      if (novelty != null && unfamiliar != null) {
        novelty.add(Reference.bin(unfamiliar));
      }
    }
  }

  /** The bins of the last answers. Thread-safe. */
  static final class Window {

    private final List<Double> expected;
    private final int[] counts; // guarded by this
    private final byte[] bins = new byte[WINDOW]; // guarded by this; a ring
    private long added; // guarded by this

    Window(List<Double> expected) {
      this.expected = expected;
      this.counts = new int[expected.size()];
    }

    synchronized void add(int bin) {
      int place = (int) (added % WINDOW);
      if (added >= WINDOW) {
        counts[bins[place]]--;
      }
      bins[place] = (byte) bin;
      counts[bin]++;
      added++;
    }

    synchronized double stability() {
      return added < LEAST ? Double.NaN : Statistics.stability(expected, counts);
    }
  }
}
