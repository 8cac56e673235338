package io.github.resnetserving.openinference;

import io.github.resnetserving.auth.AccessPolicy;
import io.github.resnetserving.grpc.GrpcTransportConfiguration;
import io.grpc.BindableService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.grpc.server.GrpcServerFactory;
import org.springframework.grpc.server.NettyGrpcServerFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/**
 * Everything that speaks the Open Inference Protocol. Needs beans of {@link
 * io.github.resnetserving.inference.InferenceService}, {@link
 * io.github.resnetserving.inference.ModelRegistry}, {@link
 * io.github.resnetserving.rest.request.RequestLimits}, a meter registry and {@link AccessPolicy}.
 */
@Configuration(proxyBeanMethods = false)
@Import({
  InferenceCalls.class,
  ModelControl.class,
  ModelDescriptions.class,
  OpenInferenceController.class
})
public class ProtocolConfiguration {

  /**
   * The gRPC server around {@link OpenInferenceGrpc}, unless {@code spring.grpc.server.enabled} is
   * false.
   */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnBooleanProperty(name = "spring.grpc.server.enabled", matchIfMissing = true)
  @Import({OpenInferenceGrpc.class, GrpcTransportConfiguration.class})
  static class GrpcConfiguration {

    /** What comes without the key that it needs takes nothing. */
    @Bean
    @GlobalServerInterceptor
    @Order(GrpcTransportConfiguration.ORDER - 1)
    KeyInterceptor keyInterceptor(AccessPolicy access) {
      return new KeyInterceptor(access);
    }

    /** Reflection as older clients ask for it, beside the one that Spring serves. */
    @Bean
    @ConditionalOnBooleanProperty(
        name = "spring.grpc.server.reflection.enabled",
        matchIfMissing = true)
    @SuppressWarnings("deprecation") // as its protocol is
    BindableService olderReflection() {
      return ProtoReflectionService.newInstance();
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

    /**
     * Stops the gRPC server beside the web server: both close their ports, then wait for what is in
     * flight. Spring's own would close its port at once, before load balancers have noticed, and
     * keep the web server waiting for its calls.
     */
    private static final class ServerLifecycle extends GrpcServerLifecycle {

      /**
       * @param grace how long calls in flight may take
       */
      ServerLifecycle(GrpcServerFactory factory, Duration grace, ApplicationEventPublisher events) {
        super(factory, grace, events);
      }

      @Override
      public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
      }

      @Override
      public void stop(Runnable stopped) {
        Thread.ofPlatform()
            .name("grpc-shutdown")
            .start(() -> {
              try {
                stop();
              } finally {
                stopped.run();
              }
            });
      }
    }
  }
}
