package io.github.resnetserving.grpc;

import io.github.resnetserving.rest.request.RequestLimits;
import io.github.resnetserving.telemetry.ConnectionMetrics;
import io.github.resnetserving.telemetry.ServingMetrics;
import io.grpc.DecompressorRegistry;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerExecutorProvider;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.grpc.server.service.DefaultGrpcServiceConfigurer;

/**
 * Keeps what clients of the gRPC server may take within limits. Needs a bean of {@link
 * RequestLimits}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GrpcProperties.class)
public class GrpcTransportConfiguration {

  /** Where the interceptor comes; whether a call may be made is decided before. */
  public static final int ORDER = 100;

  @Bean
  CallThreads grpcThreads() {
    return new CallThreads();
  }

  @Bean
  Connections grpcConnections(
      RequestLimits limits, GrpcProperties grpc, GrpcServerExecutorProvider threads) {
    return new Connections(grpc.maxConnections(), limits.bytes(), threads.getExecutor());
  }

  @Bean
  ConnectionMetrics grpcConnectionMetrics(Connections connections) {
    return new ConnectionMetrics("grpc", connections::size, connections::refused);
  }

  @Bean
  @GlobalServerInterceptor
  @Order(ORDER)
  Arrivals grpcArrivals(
      RequestLimits limits,
      Connections connections,
      GrpcServerExecutorProvider threads,
      ServingMetrics metrics) {
    return new Arrivals(
        connections, threads.getExecutor(), System::nanoTime, limits.pace(), metrics);
  }

  @Bean
  GrpcTransport grpcTransport(
      RequestLimits limits, GrpcProperties grpc, Connections connections, Arrivals arrivals) {
    return new GrpcTransport(limits, grpc.maxCalls(), connections, arrivals);
  }

  @Bean
  DecompressorRegistry grpcDecompressors() {
    return Decompression.registry();
  }

  /** The name makes it take the place of the automatic one. */
  @Bean
  SmallMessages grpcServiceConfigurer(ApplicationContext context) {
    DefaultGrpcServiceConfigurer interceptors = new DefaultGrpcServiceConfigurer(context);
    interceptors.afterPropertiesSet();
    return new SmallMessages(interceptors);
  }
}
