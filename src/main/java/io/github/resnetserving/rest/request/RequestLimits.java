package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Budget;
import java.time.Duration;

/**
 * What a request may be, the same at every front door.
 *
 * @param maxBodyBytes bytes of a body at most, after its content encoding is undone
 * @param maxImages images of a request at most
 * @param deadline how long a request may take that says nothing about it
 * @param pace how fast bodies must come, and how fast answers must be read
 * @param bytes what all requests together hold in memory
 */
public record RequestLimits(
    int maxBodyBytes, int maxImages, Duration deadline, Pace pace, Budget bytes) {

  static RequestLimits of(LimitsProperties limits) {
    Budget bytes = new Budget(limits.bytesInFlight().toBytes());
    // What never fits the budget is too large, not a reason to come back later. A body that grows
    // is held one and a half times for a moment, and one request may hold three quarters.
    long maxBody = Math.min(limits.maxBody().toBytes(), Math.max(1, bytes.capacity() / 2));
    return new RequestLimits(
        Math.toIntExact(maxBody),
        limits.maxImages(),
        limits.deadline(),
        new Pace(limits.bodyTimeout(), limits.bodyGrace(), limits.bodyRate().toBytes()),
        bytes);
  }

  /** The same for smaller bodies. */
  RequestLimits upTo(int maxBytes) {
    return new RequestLimits(Math.min(maxBytes, maxBodyBytes), maxImages, deadline, pace, bytes);
  }

  /**
   * Bytes at most of a body, or a part of one, whose length is not known before it ends: it is held
   * twice for a moment, as it arrived and as one array of its size.
   */
  int maxUnknownBytes() {
    return (int) Math.min(maxBodyBytes, bytes.share() / 2);
  }

  /**
   * Bytes of a message of gRPC at most, also when it is decompressed. A sixteenth of a share is
   * left for what the message holds besides.
   */
  public int maxMessageBytes() {
    return (int) Math.min(maxBodyBytes, bytes.share() - bytes.share() / 16);
  }
}
