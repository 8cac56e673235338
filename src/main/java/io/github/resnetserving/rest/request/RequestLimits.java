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
}
