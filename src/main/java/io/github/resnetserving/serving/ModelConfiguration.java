package io.github.resnetserving.serving;

import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.download.FetchSettings;
import io.github.resnetserving.models.download.ModelFetcher;
import io.github.resnetserving.sandbox.ImageSandbox;
import io.github.resnetserving.telemetry.ServingMetrics;
import io.github.resnetserving.telemetry.ThreadsEndpoint;
import java.net.URI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Where models lie, and what they answer behind. Needs beans of {@link ImageSandbox}, {@link
 * NanoClock} and {@link ServingMetrics}; {@link EngineConfiguration} loads the models.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({
  ModelProperties.class,
  EngineProperties.class,
  BatchingProperties.class
})
public class ModelConfiguration {

  private static final Logger log = LoggerFactory.getLogger(ModelConfiguration.class);

  @Bean
  ModelRepository modelRepository(ModelProperties properties) {
    return properties.defaultModel().isBlank()
        ? new ModelRepository(properties.modelsDir())
        : new ModelRepository(properties.modelsDir(), properties.defaultModel());
  }

  @Bean
  HeadRepository headRepository(ModelProperties properties) {
    return new HeadRepository(properties.modelsDir());
  }

  @Bean
  ModelFetcher modelFetcher(ModelProperties properties) {
    FetchSettings settings = FetchSettings.of(System.getenv()).withOffline(properties.offline());
    URI mirror = properties.mirror();
    return new ModelFetcher(
        properties.modelsDir(),
        mirror == null ? settings : settings.withMirror(mirror),
        System.getenv());
  }

  @Bean
  ModelRegistry modelRegistry(
      ModelProperties properties, ModelRepository repository, ModelFetcher fetcher)
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
      EngineProperties engine,
      BatchingProperties batching,
      ComputeDevice device,
      NanoClock clock,
      ServingMetrics metrics) {
    int processors = Runtime.getRuntime().availableProcessors();
    int workers = device.workers(engine.workers(processors));
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

  /**
   * Its absence ends the start: a server for which a GPU is configured must not run on a processor.
   */
  @Bean
  ComputeDevice computeDevice(ModelProperties properties) throws EngineException {
    return properties.device().choose();
  }

  @Bean
  ThreadsEndpoint threadsEndpoint(EngineProperties engine, ComputeDevice device) {
    int processors = Runtime.getRuntime().availableProcessors();
    var threads =
        new ThreadsEndpoint.Threads(
            device.id(),
            processors,
            device.workers(engine.workers(processors)),
            engine.threadsPerWorker(processors),
            processors);
    log.info(
        "{}, {} processors: {} engine workers of {} threads, {} decode threads",
        device.id(),
        threads.processors(),
        threads.workers(),
        threads.threadsPerWorker(),
        threads.decoders());
    return new ThreadsEndpoint(threads);
  }
}
