package io.github.resnetserving.openinference;

import io.github.resnetserving.auth.AccessSettings;
import io.github.resnetserving.grpc.GrpcLimits;
import io.github.resnetserving.grpc.GrpcTransportConfiguration;
import io.github.resnetserving.rest.request.RequestLimits;
import io.grpc.protobuf.services.HealthStatusManager;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.grpc.server.NettyGrpcServerFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/**
 * The gRPC server around {@link OpenInferenceGrpc}, unless {@code spring.grpc.server.enabled} is
 * false.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(name = "spring.grpc.server.enabled", matchIfMissing = true)
@Import({OpenInferenceGrpc.class, GrpcTransportConfiguration.class})
class GrpcConfiguration {

  /** What comes without the key that it needs takes nothing. */
  @Bean
  @GlobalServerInterceptor
  @Order(GrpcTransportConfiguration.ORDER - 1)
  KeyInterceptor keyInterceptor(AccessSettings access) {
    return new KeyInterceptor(access.policy().keys());
  }

  /** A message may be as large as a body, as long as a connection's share holds it. */
  @Bean
  GrpcLimits grpcLimits(ProtocolSettings settings, RequestLimits requests) {
    return new GrpcLimits(
        settings.bodies(),
        settings.maxMessageBytes(),
        requests.pace(),
        settings.maxConnections(),
        settings.maxCalls());
  }

  /** The name makes it take the place of the automatic one. */
  @Bean
  GrpcServerLifecycle nettyGrpcServerLifecycle(
      NettyGrpcServerFactory factory,
      @Value("${spring.grpc.server.shutdown.grace-period:30s}") Duration grace,
      ApplicationEventPublisher events) {
    return new ServerLifecycle(factory, grace, events);
  }

  /** The health service polls what is ready; that the server stops it is told at once. */
  @Bean
  ApplicationListener<AvailabilityChangeEvent<?>> grpcDraining(HealthStatusManager health) {
    return event -> {
      if (event.getState() == ReadinessState.REFUSING_TRAFFIC) {
        health.enterTerminalState();
      }
    };
  }
}
