package io.github.resnetserving;

import io.github.resnetserving.auth.AccessConfiguration;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.OutputCache;
import io.github.resnetserving.openinference.ProtocolConfiguration;
import io.github.resnetserving.rest.HttpConfiguration;
import io.github.resnetserving.rest.request.LimitsProperties;
import io.github.resnetserving.rest.request.RequestConfiguration;
import io.github.resnetserving.rest.request.RequestLimits;
import io.github.resnetserving.sandbox.ImageSandbox;
import io.github.resnetserving.serving.BatchingProperties;
import io.github.resnetserving.serving.CacheProperties;
import io.github.resnetserving.serving.ImageProperties;
import io.github.resnetserving.serving.ModelConfiguration;
import io.github.resnetserving.serving.ModelServer;
import io.github.resnetserving.serving.ProgramVersion;
import io.github.resnetserving.serving.WatchProperties;
import io.github.resnetserving.telemetry.BudgetMetrics;
import io.github.resnetserving.telemetry.CacheMetrics;
import io.github.resnetserving.telemetry.DecoderInfo;
import io.github.resnetserving.telemetry.HttpTracing;
import io.github.resnetserving.telemetry.ProcessMetrics;
import io.github.resnetserving.telemetry.Readiness;
import io.github.resnetserving.telemetry.SandboxMetrics;
import io.github.resnetserving.telemetry.ServingMetrics;
import io.github.resnetserving.telemetry.StageSpans;
import io.github.resnetserving.watch.Watch;
import io.github.resnetserving.watch.Watch.WatchedStage;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SdkTracerProviderBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;

/**
 * Joins what serves: image, batch, inference, telemetry, HTTP and gRPC. The engine's side hands its
 * models to the {@link ModelServer}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({
  CacheProperties.class,
  ImageProperties.class,
  WatchProperties.class
})
@Import({
  RequestConfiguration.class,
  AccessConfiguration.class,
  ModelConfiguration.class,
  HttpConfiguration.class,
  ProtocolConfiguration.class
})
class ServingConfiguration {

  @Bean
  NanoClock nanoClock() {
    return NanoClock.system();
  }

  @Bean
  DecodePolicy decodePolicy(LimitsProperties limits, ImageProperties image) {
    // An image that never fits the budget is too large, not a reason to wait.
    return new DecodePolicy(
        Math.min(limits.maxPixels(), limits.pixelsInFlight()),
        Background.parse(image.background()),
        image.decode());
  }

  @Bean
  ImagePipeline imagePipeline(DecodePolicy policy) {
    return new ImagePipeline(policy);
  }

  /** Its processes are started when they are needed first. */
  @Bean
  ImageSandbox imageSandbox(
      ImageProperties image,
      ImagePipeline pipeline,
      DecodePolicy policy,
      RequestLimits limits,
      SandboxMetrics metrics) {
    ImageSandbox sandbox =
        new ImageSandbox(
            image.sandbox(), pipeline, policy, limits.maxBodyBytes(), decodeThreads(), metrics);
    metrics.watch(sandbox);
    return sandbox;
  }

  @Bean
  SandboxMetrics sandboxMetrics(MeterRegistry meters) {
    return new SandboxMetrics(meters);
  }

  @Bean
  DecoderInfo decoderInfo(ImagePipeline pipeline, ImageSandbox sandbox) {
    return new DecoderInfo(pipeline, sandbox);
  }

  /** As many as could run at a time: each has an image's pixels in memory. */
  private static int decodeThreads() {
    return Runtime.getRuntime().availableProcessors();
  }

  @Bean
  Budget pixelBudget(LimitsProperties limits) {
    return new Budget(limits.pixelsInFlight());
  }

  @Bean
  OutputCaching outputCaching(CacheProperties cache, DecodePolicy policy, NanoClock clock) {
    return new OutputCaching(
        cache.maxSize().toBytes() == 0
            ? Optional.empty()
            : Optional.of(
                new OutputCache(
                    cache.maxSize().toBytes(),
                    cache.acrossKeys(),
                    policy + " " + ProgramVersion.text(),
                    clock)));
  }

  /** The cache of outputs, which is there if it was switched on. */
  record OutputCaching(Optional<OutputCache> cache) {}

  @Bean
  CacheMetrics cacheMetrics(OutputCaching caching) {
    return new CacheMetrics(caching.cache());
  }

  @Bean
  InferenceService inferenceService(
      ModelRegistry registry,
      NanoClock clock,
      BatchingProperties batching,
      Budget pixels,
      List<InferenceListener> listeners,
      Tracer tracer,
      OutputCaching caching) {
    List<InferenceListener> all = new ArrayList<>(listeners); // meters, and who counts refusals
    all.add(new StageSpans(tracer, clock));
    return new InferenceService(
        registry,
        clock,
        decodeThreads(),
        batching.queueCapacity(),
        decodeThreads(),
        pixels,
        InferenceListener.all(all.toArray(InferenceListener[]::new)),
        caching.cache());
  }

  /** Takes the place of the automatic one. */
  @Bean
  @Order(MicrometerTracingAutoConfiguration.RECEIVER_TRACING_OBSERVATION_HANDLER_ORDER)
  PropagatingReceiverTracingObservationHandler<?> httpTracing(
      Tracer tracer, Propagator propagator) {
    return new HttpTracing(tracer, propagator);
  }

  @Bean
  ObservationPredicate withoutProbes() {
    return HttpTracing.withoutProbes();
  }

  /** Which version a trace is of, unless the resource's configuration says so. */
  @Bean
  SdkTracerProviderBuilderCustomizer serviceVersion(Resource configured) {
    var version = AttributeKey.stringKey("service.version");
    return configured.getAttribute(version) == null
        ? builder ->
            builder.addResource(Resource.create(Attributes.of(version, ProgramVersion.text())))
        : _ -> {};
  }

  @Bean
  ServingMetrics servingMetrics(MeterRegistry meters, NanoClock clock) {
    return new ServingMetrics(meters, clock);
  }

  @Bean
  BudgetMetrics budgetMetrics(RequestLimits limits, Budget pixels) {
    return new BudgetMetrics(limits.bytes(), pixels);
  }

  @Bean
  ProcessMetrics processMetrics() {
    return new ProcessMetrics();
  }

  /** It ends the process at once: an orderly shutdown would wait for the engine that stands. */
  @Bean(initMethod = "start")
  Watch watch(
      WatchProperties watch, NanoClock clock, InferenceService inference, ModelServer server) {
    return new Watch(
        new Watch.Settings(watch.stallAfter(), watch.exitAfter()),
        clock,
        new WatchedStage("decoding", inference::decoding, () -> false, inference::replaceDecoder),
        new WatchedStage("engine", server::activity, server::isPreparing, _ -> {}),
        Runtime.getRuntime()::halt);
  }

  /** The names {@code stages} and {@code models} are those of application.yml's readiness group. */
  @Bean("stagesHealthIndicator")
  HealthIndicator stagesHealth(Watch watch) {
    return Readiness.ofStages(watch);
  }

  @Bean("modelsHealthIndicator")
  HealthIndicator modelsHealth(ModelRegistry registry) {
    return Readiness.ofModels(registry);
  }
}
