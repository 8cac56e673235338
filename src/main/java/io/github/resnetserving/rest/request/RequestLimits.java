package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Budget;

/**
 * What a request's body may be.
 *
 * @param maxBodyBytes bytes of a body at most, after its content encoding is undone
 * @param pace how fast bodies must come, and how fast answers must be read
 * @param bytes what all requests together hold in memory
 */
public record RequestLimits(int maxBodyBytes, Pace pace, Budget bytes) {

  public RequestLimits {
    if (maxBodyBytes < 1 || maxBodyBytes > bytes.share()) {
      throw new IllegalArgumentException(
          "maxBodyBytes is %d: it must be between 1 and %d, what one request may hold"
              .formatted(maxBodyBytes, bytes.share()));
    }
  }

  /**
   * Bytes at most of a body, or a part of one, whose length is not known before it ends: it is held
   * twice for a moment, as it arrived and as one array of its size.
   */
  int maxUnknownBytes() {
    return (int) Math.min(maxBodyBytes, bytes.share() / 2);
  }
}
