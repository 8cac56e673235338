package io.github.resnetserving.grpc;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What clients of gRPC may take.
 *
 * @param maxConnections maximum number of connections; further ones are closed at once
 * @param maxCalls maximum concurrent calls of a connection; clients wait with further ones
 */
@ConfigurationProperties("resnet.grpc")
public record GrpcProperties(
    @DefaultValue("1000") int maxConnections, @DefaultValue("100") int maxCalls) {

  public GrpcProperties {
    requirePositive("max-connections", maxConnections);
    requirePositive("max-calls", maxCalls);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "resnet.grpc.%s is %d: it must be positive".formatted(name, value));
    }
  }
}
