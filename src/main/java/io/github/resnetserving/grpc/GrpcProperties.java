package io.github.resnetserving.grpc;

import io.github.resnetserving.rest.request.LimitsProperties;
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
    LimitsProperties.requirePositive("resnet.grpc.max-connections", maxConnections);
    LimitsProperties.requirePositive("resnet.grpc.max-calls", maxCalls);
  }
}
