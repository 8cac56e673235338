package io.github.resnetserving.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.ImageReport;
import io.github.resnetserving.inference.ImageReport.Stage;
import io.github.resnetserving.inference.ImageReport.StageTime;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ServingMetricsTest {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final ServingMetrics metrics = new ServingMetrics(registry, now::get);

  @Test
  void versionsOfAModelShareNoMeter() {
    metrics.of(spec("1")).batches().onRejected(3, 0);
    metrics.of(spec("1")).batches().onRejected(3, 0);
    metrics.of(spec("2")).batches().onRejected(3, 0);

    assertThat(count("resnet.batch.rejected", "1")).isEqualTo(2);
    assertThat(count("resnet.batch.rejected", "2")).isEqualTo(1);
  }

  @Test
  void metersLeaveWithTheirModelAndLateAnswersDoNotBringThemBack() {
    ModelMetrics one = metrics.of(spec("1"));
    one.queueLength(() -> 5);
    metrics.onImage(spec("1"), report());
    ModelMetrics two = metrics.of(spec("2"));

    one.close();
    metrics.onImage(spec("1"), report());

    assertThat(registry.find("resnet.queue.length").meters()).isEmpty();
    assertThat(registry.getMeters()).isNotEmpty();
    assertThat(registry.getMeters()).allMatch(meter -> "2".equals(meter.getId().getTag("version")));
    two.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void aModelThatComesBackStartsAnew() {
    metrics.of(spec("1")).batches().onRejected(3, 0);
    metrics.of(spec("1")).close();

    metrics.of(spec("1")).batches().onRejected(3, 0);

    assertThat(count("resnet.batch.rejected", "1")).isEqualTo(1);
  }

  @Test
  void onlyTheStateThatAModelIsInIsOne() {
    metrics.onState(new ModelState.Failed(spec("1"), "no such file"));

    assertThat(states()).containsExactly("net 1 failed");
  }

  @Test
  void aModelThatIsFetchedHasNoVersionUntilItIsThere() {
    metrics.onState(new ModelState.Fetching("net", 5, 10));
    assertThat(states()).containsExactly("net none fetching");
    metrics.onState(new ModelState.Unfetched("net", "no route", true));
    assertThat(states()).containsExactly("net none unfetched");

    metrics.onState(new ModelState.Starting(spec("1"), ModelState.Starting.Phase.LOADING));

    assertThat(states()).containsExactly("net 1 loading");
    assertThat(registry.find("resnet.model.state").gauges()).hasSize(6);
  }

  /** Those that are 1; the others are 0. */
  private List<String> states() {
    assertThat(registry.find("resnet.model.state").gauges())
        .allMatch(gauge -> gauge.value() == 0 || gauge.value() == 1);
    return registry.find("resnet.model.state").gauges().stream()
        .filter(gauge -> gauge.value() == 1)
        .map(Gauge::getId)
        .map(id -> id.getTag("model") + " " + id.getTag("version") + " " + id.getTag("state"))
        .toList();
  }

  @Test
  void stagesAreTimedAndImagesCountedByOutcome() {
    metrics.of(spec("1"));
    metrics.onImage(spec("1"), report());
    metrics.onRefused(new Failure.UnknownModel("x", List.of()), 7);

    assertThat(registry.get("resnet.decode").timer().totalTime(TimeUnit.NANOSECONDS)).isEqualTo(9);
    assertThat(registry.get("resnet.images").tag("outcome", "timed-out").counter().count())
        .isEqualTo(1);
    assertThat(
            registry
                .get("resnet.requests")
                .tags("model", "none", "version", "none", "outcome", "unknown-model")
                .timer()
                .totalTime(TimeUnit.NANOSECONDS))
        .isEqualTo(7);
  }

  @Test
  void theBusyShareForgetsInHalfAMinuteOrSo() {
    ModelMetrics model = metrics.of(spec("1"));
    assertThat(busy()).isZero();
    model.batches().onBatchStarted(8, 0);
    now.addAndGet(Duration.ofSeconds(30).toNanos());
    assertThat(busy()).isCloseTo(1 - Math.exp(-1), offset(1e-9));
    now.addAndGet(Duration.ofMinutes(10).toNanos());
    assertThat(busy()).isCloseTo(1, offset(1e-8));

    model.batches().onBatchCompleted(8, Duration.ofSeconds(630).toNanos());
    now.addAndGet(Duration.ofSeconds(30).toNanos());

    assertThat(busy()).isCloseTo(Math.exp(-1), offset(1e-8));
  }

  private double busy() {
    return registry.get("resnet.engine.busy").gauge().value();
  }

  private double count(String name, String version) {
    return registry.get(name).tags("model", "net", "version", version).counter().count();
  }

  private static ImageReport report() {
    return new ImageReport(
        0,
        new Outcome.Failed<>(new Failure.TimedOut(Duration.ofSeconds(1))),
        List.of(new StageTime(Stage.DECODE, 1, 10)),
        0);
  }

  private static ModelSpec spec(String version) {
    return new ModelSpec(
        "net",
        version,
        URI.create("file:/weights"),
        "sha256:0",
        Variant.V1_5,
        Preprocessing.CIFAR,
        Labels.numbered(2));
  }
}
