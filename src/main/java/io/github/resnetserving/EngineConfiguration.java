package io.github.resnetserving;

import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.model.ModelRepository;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the models of this machine on the native engine and behind the server's queues. */
@Configuration(proxyBeanMethods = false)
class EngineConfiguration {

  @Bean
  ModelLoading modelLoading(
      ModelRepository repository,
      ModelRegistry registry,
      ModelServer server,
      ResNetProperties properties) {
    int maxBatch = properties.batching().maxBatch();
    EngineOptions machine = EngineOptions.ofMachine(maxBatch);
    int threads = properties.engine().threads();
    return new ModelLoading(
        repository,
        server,
        registry.defaultModel(),
        properties.models(),
        new EngineOptions(
                threads == 0 ? machine.threads() : threads, maxBatch, properties.engine().plan())
            .in(properties.engine().precision()));
  }
}
