package io.github.resnetserving.telemetry;

import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.inference.ImageReport;
import io.github.resnetserving.inference.ImageReport.Stage;
import io.github.resnetserving.inference.ImageReport.StageTime;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.otel.bridge.OtelBaggageManager;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the spans of one image cost its request; no exporter. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class StageSpansBenchmark {

  @Param({"false", "true"})
  private boolean sampled;

  private final ModelSpec model =
      new ModelSpec(
          "net",
          "1",
          URI.create("file:/weights"),
          "sha256:0",
          Variant.V1_5,
          Preprocessing.CIFAR,
          Labels.numbered(2));
  private final ImageReport report =
      new ImageReport(
          0,
          new Outcome.Success<>("", new ImageInfo("jpeg", 1, 1)),
          Arrays.stream(Stage.values()).map(stage -> new StageTime(stage, 1, 2)).toList(),
          1);
  private final OtelCurrentTraceContext context = new OtelCurrentTraceContext();
  private StageSpans spans = new StageSpans(Tracer.NOOP, System::nanoTime);
  private Tracer.SpanInScope scope = () -> {};

  @Setup
  public void begin() {
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setSampler(sampled ? Sampler.alwaysOn() : Sampler.alwaysOff())
            .build();
    Tracer tracer =
        new OtelTracer(
            provider.get("bench"),
            context,
            event -> {},
            new OtelBaggageManager(context, List.of(), List.of()));
    spans = new StageSpans(tracer, System::nanoTime);
    Span span = tracer.nextSpan().start();
    scope = tracer.withSpan(span);
  }

  @TearDown
  public void end() {
    scope.close();
  }

  @Benchmark
  public void onImage() {
    spans.onImage(model, report);
  }
}
