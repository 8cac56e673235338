package io.github.resnetserving;

import io.github.resnetserving.catalog.ModelFetcher;
import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.PlanCache;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.model.ModelRepository;
import java.time.Duration;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the models of this machine on the native engine and behind the server's queues. */
@Configuration(proxyBeanMethods = false)
class EngineConfiguration {

  @Bean
  EngineLoader engineLoader(ResNetProperties properties) {
    return new EngineLoader(Optional.ofNullable(properties.cacheDir()).flatMap(PlanCache::open));
  }

  @Bean
  ModelAdmin modelAdmin(ModelLoading loading) {
    return new ModelAdmin(loading);
  }

  /** Begins as soon as it can, while Spring makes the other beans. */
  @Bean(initMethod = "start", destroyMethod = "stop")
  ModelLoading modelLoading(
      ModelRepository repository,
      ModelRegistry registry,
      ModelServer server,
      ModelFetcher fetcher,
      EngineLoader engines,
      ComputeDevice device,
      ResNetProperties properties)
      throws EngineException {
    int maxBatch = properties.batching().maxBatch();
    int processors = Runtime.getRuntime().availableProcessors();
    ResNetProperties.Engine engine = properties.engine();
    EngineOptions options =
        new EngineOptions(engine.threadsPerWorker(processors), maxBatch, engine.plan())
            .withWorkers(device.workers(engine.workers(processors)))
            .in(properties.precision())
            .on(device);
    options.check();
    return new ModelLoading(
        repository,
        server,
        new ModelFetching(fetcher, server, Duration.ofSeconds(15), Duration.ofMinutes(5)),
        properties.defaultModel().isBlank() ? registry.defaultModel() : properties.defaultModel(),
        properties.models(),
        engines,
        options);
  }
}
