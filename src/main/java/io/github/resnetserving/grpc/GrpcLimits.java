package io.github.resnetserving.grpc;

import io.github.resnetserving.inference.Budget;
import java.time.Duration;

/**
 * What clients of gRPC may take.
 *
 * @param bytes what messages and the calls that wait for them hold, together with HTTP's bodies
 * @param maxMessageBytes bytes of a message at most, also when it is decompressed
 * @param bodyTimeout how long a message may take to arrive, and an answer to leave
 * @param maxConnections connections at the same time
 * @param maxCalls calls of a connection at the same time
 */
public record GrpcLimits(
    Budget bytes, int maxMessageBytes, Duration bodyTimeout, int maxConnections, int maxCalls) {}
