package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.ModelRegistry;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Everything that speaks the Open Inference Protocol. Needs beans of {@link InferenceService},
 * {@link ModelRegistry}, {@link ProtocolSettings} and {@link
 * io.github.resnetserving.auth.AccessSettings}.
 */
@Configuration(proxyBeanMethods = false)
@Import({OpenInferenceController.class, GrpcConfiguration.class})
public class ProtocolConfiguration {

  @Bean
  InferenceCalls inferenceCalls(
      InferenceService inference,
      ModelRegistry registry,
      HealthEndpoint health,
      ProtocolSettings settings) {
    return new InferenceCalls(inference, registry, health, settings);
  }
}
