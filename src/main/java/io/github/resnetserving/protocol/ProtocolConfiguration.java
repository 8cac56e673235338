package io.github.resnetserving.protocol;

import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.ModelRegistry;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerExecutorProvider;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.grpc.server.ServerBuilderCustomizer;

/**
 * Everything that speaks the Open Inference Protocol. Needs beans of {@link InferenceService},
 * {@link ModelRegistry} and {@link ProtocolSettings}.
 *
 * <p>A server interceptor that is a bean annotated with {@link
 * org.springframework.grpc.server.GlobalServerInterceptor} sees every call of gRPC first: that is
 * the place to check keys.
 */
@Configuration(proxyBeanMethods = false)
@Import({OpenInferenceController.class, OpenInferenceGrpc.class})
public class ProtocolConfiguration {

  /** The program's version as its jar says it. */
  static String version() {
    String version = ProtocolConfiguration.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Bean
  InferenceCalls inferenceCalls(
      InferenceService inference,
      ModelRegistry registry,
      HealthEndpoint health,
      ProtocolSettings settings) {
    return new InferenceCalls(inference, registry, health, settings);
  }

  /** A call waits for its pictures on a virtual thread, as a request over HTTP does. */
  @Bean(destroyMethod = "close")
  ExecutorService grpcThreads() {
    return Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("grpc-", 0).factory());
  }

  @Bean
  GrpcServerExecutorProvider grpcExecutor(ExecutorService grpcThreads) {
    return () -> grpcThreads;
  }

  /** A message may be as large as a body. */
  @Bean
  ServerBuilderCustomizer<NettyServerBuilder> grpcMessageSize(ProtocolSettings settings) {
    return server -> server.maxInboundMessageSize(settings.maxBodyBytes());
  }

  /** The health service polls what is ready; that the server stops it is told at once. */
  @Bean
  ApplicationListener<AvailabilityChangeEvent<ReadinessState>> grpcDraining(
      HealthStatusManager health) {
    return event -> {
      if (event.getState() == ReadinessState.REFUSING_TRAFFIC) {
        health.enterTerminalState();
      }
    };
  }
}
