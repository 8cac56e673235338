package io.github.resnetserving;

import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.catalog.FetchSettings;
import io.github.resnetserving.catalog.ModelFetcher;
import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.Devices;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.http.HttpConfiguration;
import io.github.resnetserving.http.HttpConnections;
import io.github.resnetserving.http.HttpSettings;
import io.github.resnetserving.http.PreStop;
import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelRepository;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.protocol.ProtocolConfiguration;
import io.github.resnetserving.protocol.ProtocolSettings;
import io.github.resnetserving.remote.AllowedHosts;
import io.github.resnetserving.remote.RemoteImages;
import io.github.resnetserving.rest.request.Pace;
import io.github.resnetserving.rest.request.RequestConfiguration;
import io.github.resnetserving.rest.request.RequestLimits;
import io.github.resnetserving.sandbox.ImageSandbox;
import io.github.resnetserving.telemetry.BudgetMetrics;
import io.github.resnetserving.telemetry.DecoderInfo;
import io.github.resnetserving.telemetry.ModelsHealth;
import io.github.resnetserving.telemetry.ProcessMetrics;
import io.github.resnetserving.telemetry.SandboxMetrics;
import io.github.resnetserving.telemetry.ServingMetrics;
import io.github.resnetserving.telemetry.StageSpans;
import io.github.resnetserving.telemetry.StagesHealth;
import io.github.resnetserving.telemetry.ThreadsEndpoint;
import io.github.resnetserving.watch.Stage;
import io.github.resnetserving.watch.Watch;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.Tracer;
import java.net.URI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Joins what serves: image, batch, inference, telemetry, HTTP and gRPC. The engine's side hands its
 * models to the {@link ModelServer}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ResNetProperties.class)
@Import({
  RequestConfiguration.class,
  AccessConfiguration.class,
  HttpConfiguration.class,
  ProtocolConfiguration.class
})
class ServingConfiguration {

  private static final Logger log = LoggerFactory.getLogger(ServingConfiguration.class);

  @Bean
  HttpSettings httpSettings(ResNetProperties properties) {
    ResNetProperties.Limits limits = properties.limits();
    Budget bodies = new Budget(limits.bytesInFlight().toBytes());
    // What never fits the budget is too large, not a reason to come back later. A body that grows
    // is
    // held one and a half times for a moment, and one request may hold three quarters.
    long maxBody = Math.min(limits.maxBody().toBytes(), Math.max(1, bodies.capacity() / 2));
    return new HttpSettings(
        Math.toIntExact(maxBody), limits.maxImages(), limits.deadline(), bodies);
  }

  @Bean
  RequestLimits requestLimits(ResNetProperties properties, HttpSettings http) {
    ResNetProperties.Limits limits = properties.limits();
    return new RequestLimits(
        http.maxBodyBytes(),
        new Pace(limits.bodyTimeout(), limits.bodyGrace(), limits.bodyRate().toBytes()),
        http.bodies());
  }

  @Bean
  ProtocolSettings protocolSettings(HttpSettings http, ResNetProperties properties) {
    return new ProtocolSettings(
        http.maxBodyBytes(),
        http.maxImages(),
        http.deadline(),
        http.bodies(),
        properties.limits().bodyTimeout(),
        properties.grpc().maxConnections(),
        properties.grpc().maxCalls());
  }

  @Bean
  RemoteImages remoteImages(ResNetProperties properties) {
    ResNetProperties.Url url = properties.url();
    return new RemoteImages(new AllowedHosts(url.allowedHosts()), url.timeout());
  }

  @Bean
  PreStop preStop(ResNetProperties properties, HttpConnections connections) {
    return new PreStop(properties.preStop(), connections);
  }

  @Bean
  NanoClock nanoClock() {
    return NanoClock.system();
  }

  @Bean
  DecodePolicy decodePolicy(ResNetProperties properties) {
    ResNetProperties.Limits limits = properties.limits();
    // A picture that never fits the budget is too large, not a reason to wait.
    return new DecodePolicy(
        Math.min(limits.maxPixels(), limits.pixelsInFlight()),
        Background.parse(properties.image().background()),
        properties.image().decode());
  }

  @Bean
  ImagePipeline imagePipeline(DecodePolicy policy) {
    return new ImagePipeline(policy);
  }

  /** Its processes are started when they are needed first. */
  @Bean
  ImageSandbox imageSandbox(
      ResNetProperties properties,
      ImagePipeline pipeline,
      DecodePolicy policy,
      HttpSettings http,
      SandboxMetrics metrics) {
    ImageSandbox sandbox =
        new ImageSandbox(
            properties.image().sandbox(),
            pipeline,
            policy,
            http.maxBodyBytes(),
            decodeThreads(),
            metrics);
    metrics.watch(sandbox);
    return sandbox;
  }

  @Bean
  SandboxMetrics sandboxMetrics(MeterRegistry meters) {
    return new SandboxMetrics(meters);
  }

  @Bean
  ModelRepository modelRepository(ResNetProperties properties) {
    return properties.defaultModel().isBlank()
        ? new ModelRepository(properties.modelsDir())
        : new ModelRepository(properties.modelsDir(), properties.defaultModel());
  }

  @Bean
  ModelFetcher modelFetcher(ResNetProperties properties) {
    FetchSettings settings = FetchSettings.of(System.getenv()).withOffline(properties.offline());
    URI mirror = properties.mirror();
    return new ModelFetcher(
        properties.modelsDir(),
        mirror == null ? settings : settings.withMirror(mirror),
        System.getenv());
  }

  @Bean
  ModelRegistry modelRegistry(
      ResNetProperties properties, ModelRepository repository, ModelFetcher fetcher)
      throws ModelException {
    String named = properties.defaultModel();
    if (named.isBlank()) {
      return new ModelRegistry(
          repository.findDefault().map(ModelSpec::name).orElse(ModelRepository.BUNDLED));
    }
    return new ModelRegistry(
        repository.find(named).isPresent() ? named : fetcher.modelName(named).orElse(named));
  }

  /** Spring closes it after the web server has stopped, so that requests in flight are answered. */
  @Bean
  ModelServer modelServer(
      ModelRegistry registry,
      ImageSandbox sandbox,
      ResNetProperties properties,
      ComputeDevice device,
      NanoClock clock,
      ServingMetrics metrics) {
    ResNetProperties.Batching batching = properties.batching();
    int processors = Runtime.getRuntime().availableProcessors();
    int workers = device.workers(properties.engine().workers(processors));
    BatchSettings settings =
        BatchSettings.of(BatchSizes.upTo(batching.maxBatch()))
            .withMaxDelay(batching.maxDelay())
            .withTargetP99(batching.targetP99())
            .withQueueCapacity(batching.queueCapacity())
            .withConcurrency(workers)
            .withDrainLimit(batching.drain());
    BatchScheduler scheduler = new BatchScheduler(workers, clock);
    return new ModelServer(registry, sandbox, scheduler, settings, batching.weights(), metrics);
  }

  /** Its absence ends the start: whoever asks for a GPU does not want to wait for a processor. */
  @Bean
  ComputeDevice computeDevice(ResNetProperties properties) throws EngineException {
    return Devices.ofMachine().choose(properties.device());
  }

  @Bean
  ThreadsEndpoint threadsEndpoint(ResNetProperties properties, ComputeDevice device) {
    int processors = Runtime.getRuntime().availableProcessors();
    var threads =
        new ThreadsEndpoint.Threads(
            device.id(),
            processors,
            device.workers(properties.engine().workers(processors)),
            properties.engine().threadsPerWorker(processors),
            decodeThreads());
    log.info(
        "{}, {} processors: {} engine workers of {} threads, {} decode threads",
        device.id(),
        threads.processors(),
        threads.workers(),
        threads.threadsPerWorker(),
        threads.decoders());
    return new ThreadsEndpoint(threads);
  }

  @Bean
  DecoderInfo decoderInfo(ImagePipeline pipeline, ImageSandbox sandbox) {
    return new DecoderInfo(pipeline, sandbox);
  }

  /** As many as could run at a time: each has a picture's pixels in memory. */
  private static int decodeThreads() {
    return Runtime.getRuntime().availableProcessors();
  }

  @Bean
  Budget pixelBudget(ResNetProperties properties) {
    return new Budget(properties.limits().pixelsInFlight());
  }

  @Bean
  InferenceService inferenceService(
      ModelRegistry registry,
      NanoClock clock,
      ResNetProperties properties,
      Budget pixels,
      ServingMetrics metrics,
      Tracer tracer) {
    return new InferenceService(
        registry,
        clock,
        decodeThreads(),
        properties.batching().queueCapacity(),
        decodeThreads(),
        pixels,
        InferenceListener.all(metrics, new StageSpans(tracer, clock)));
  }

  @Bean
  ServingMetrics servingMetrics(MeterRegistry meters, NanoClock clock) {
    return new ServingMetrics(meters, clock);
  }

  @Bean
  BudgetMetrics budgetMetrics(HttpSettings http, Budget pixels) {
    return new BudgetMetrics(http.bodies(), pixels);
  }

  @Bean
  ProcessMetrics processMetrics() {
    return new ProcessMetrics();
  }

  /** It ends the process at once: an orderly shutdown would wait for the engine that stands. */
  @Bean(initMethod = "start")
  Watch watch(
      ResNetProperties properties,
      NanoClock clock,
      InferenceService inference,
      ModelServer server) {
    ResNetProperties.Watch watch = properties.watch();
    return new Watch(
        new Watch.Settings(watch.stallAfter(), watch.exitAfter()),
        clock,
        new Stage("decoding", inference::decoding, () -> false, inference::replaceDecoder),
        new Stage("engine", server::activity, server::isPreparing, _ -> {}),
        Runtime.getRuntime()::halt);
  }

  /** The name {@code stages} is what application.yml puts into the readiness group. */
  @Bean("stagesHealthIndicator")
  StagesHealth stagesHealth(Watch watch) {
    return new StagesHealth(watch);
  }

  /** The name {@code models} is what application.yml puts into the readiness group. */
  @Bean("modelsHealthIndicator")
  ModelsHealth modelsHealth(ModelRegistry registry) {
    return new ModelsHealth(registry);
  }
}
