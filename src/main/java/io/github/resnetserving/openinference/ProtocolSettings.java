package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.Budget;
import java.time.Duration;

/**
 * What a request may be; the same as for the other endpoints.
 *
 * @param maxBodyBytes bytes of a body or message at most
 * @param maxImages images of a request at most
 * @param deadline how long a request may take that says nothing about it
 * @param bodies bytes of all bodies at most; no less than {@code maxBodyBytes}
 * @param maxConnections connections of gRPC at the same time
 * @param maxCalls calls of a connection of gRPC at the same time
 */
public record ProtocolSettings(
    int maxBodyBytes,
    int maxImages,
    Duration deadline,
    Budget bodies,
    int maxConnections,
    int maxCalls) {

  /** A sixteenth of a share is left for what a message holds besides its bytes. */
  int maxMessageBytes() {
    long share = bodies.share() - bodies.share() / 16;
    return (int) Math.min(maxBodyBytes, share);
  }
}
