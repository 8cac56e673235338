package io.github.resnetserving;

import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.catalog.FetchSettings;
import io.github.resnetserving.catalog.ModelFetcher;
import io.github.resnetserving.http.HttpConfiguration;
import io.github.resnetserving.http.HttpSettings;
import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelRepository;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.telemetry.InferenceMetrics;
import io.github.resnetserving.telemetry.ModelsHealth;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Joins what serves: image, batch, inference, telemetry and HTTP. The engine's side hands its
 * models to the {@link ModelServer}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ResNetProperties.class)
@Import(HttpConfiguration.class)
class ServingConfiguration {

  @Bean
  HttpSettings httpSettings(ResNetProperties properties) {
    ResNetProperties.Limits limits = properties.limits();
    return new HttpSettings(
        Math.toIntExact(limits.maxBody().toBytes()), limits.maxImages(), limits.deadline());
  }

  @Bean
  NanoClock nanoClock() {
    return NanoClock.system();
  }

  @Bean
  ImagePipeline imagePipeline(ResNetProperties properties) {
    return new ImagePipeline(
        new DecodePolicy(
            properties.limits().maxPixels(), Background.parse(properties.image().background())));
  }

  @Bean
  ModelRepository modelRepository(ResNetProperties properties) {
    return new ModelRepository(properties.modelsDir());
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
      ImagePipeline pipeline,
      ResNetProperties properties,
      NanoClock clock,
      MeterRegistry meters) {
    ResNetProperties.Batching batching = properties.batching();
    BatchSettings settings =
        BatchSettings.of(BatchSizes.upTo(batching.maxBatch()))
            .withMaxDelay(batching.maxDelay())
            .withTargetP99(batching.targetP99())
            .withQueueCapacity(batching.queueCapacity())
            .withDrainLimit(batching.drain());
    // One worker: the network of whichever model uses all processors for one batch.
    BatchScheduler scheduler = new BatchScheduler(/* workers= */ 1, clock);
    return new ModelServer(registry, pipeline, scheduler, settings, batching.weights(), meters);
  }

  @Bean
  InferenceService inferenceService(
      ModelRegistry registry, NanoClock clock, ResNetProperties properties, MeterRegistry meters) {
    return new InferenceService(
        registry,
        clock,
        Runtime.getRuntime().availableProcessors(),
        properties.batching().queueCapacity(),
        new InferenceMetrics(meters));
  }

  /** The name {@code models} is what application.yml puts into the readiness group. */
  @Bean("modelsHealthIndicator")
  ModelsHealth modelsHealth(ModelRegistry registry) {
    return new ModelsHealth(registry);
  }
}
