package io.github.resnetserving.http;

import java.time.Duration;

/**
 * What a request may be.
 *
 * @param maxBodyBytes bytes of a body at most
 * @param maxImages images of a request at most
 * @param deadline how long a request may take that says nothing about it
 */
public record HttpSettings(int maxBodyBytes, int maxImages, Duration deadline) {

  public HttpSettings {
    if (maxBodyBytes < 1 || maxImages < 1) {
      throw new IllegalArgumentException(
          "maxBodyBytes is %d and maxImages %d: both must be positive"
              .formatted(maxBodyBytes, maxImages));
    }
  }
}
