package io.github.resnetserving.serving;

import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.PlanCache;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.download.ModelFetcher;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the models of this machine on the native engine and behind the server's queues. */
@Configuration(proxyBeanMethods = false)
public class EngineConfiguration {

  @Bean
  EngineLoader engineLoader(ModelProperties properties) {
    return new EngineLoader(Optional.ofNullable(properties.cacheDir()).flatMap(PlanCache::open));
  }

  /** Begins as soon as it can, while Spring makes the other beans. */
  @Bean(initMethod = "start", destroyMethod = "stop")
  ModelManager modelManager(
      ModelRepository repository,
      ModelRegistry registry,
      ModelServer server,
      ModelFetcher fetcher,
      EngineLoader engines,
      ComputeDevice device,
      ModelProperties properties,
      EngineProperties engine,
      BatchingProperties batching)
      throws EngineException {
    int processors = Runtime.getRuntime().availableProcessors();
    EngineOptions options =
        new EngineOptions(engine.threadsPerWorker(processors), batching.maxBatch(), engine.plan())
            .withWorkers(device.workers(engine.workers(processors)))
            .in(properties.precision())
            .on(device);
    options.check();
    return new ModelManager(
        repository,
        server,
        fetcher,
        properties.defaultModel().isBlank() ? registry.defaultModel() : properties.defaultModel(),
        properties.models(),
        engines,
        engine.deterministic() ? options : options.nondeterministic());
  }
}
