package io.github.resnetserving.grpc;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.rest.request.Pace;

/**
 * What clients of gRPC may take.
 *
 * @param bytes what messages and the calls that wait for them hold, together with HTTP's bodies
 * @param maxMessageBytes bytes of a message at most, also when it is decompressed
 * @param pace how fast messages must come; its limit is also how long an answer may take to leave
 * @param maxConnections connections at the same time
 * @param maxCalls calls of a connection at the same time
 */
public record GrpcLimits(
    Budget bytes, int maxMessageBytes, Pace pace, int maxConnections, int maxCalls) {}
