package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Budget;
import java.time.Duration;

/**
 * What a request may be.
 *
 * @param maxBodyBytes bytes of a body at most
 * @param maxImages images of a request at most
 * @param deadline how long a request may take that says nothing about it
 * @param bodies bytes of all bodies at most; no less than {@code maxBodyBytes}
 */
public record HttpSettings(int maxBodyBytes, int maxImages, Duration deadline, Budget bodies) {

  public HttpSettings {
    if (maxBodyBytes < 1 || maxImages < 1) {
      throw new IllegalArgumentException(
          "maxBodyBytes is %d and maxImages %d: both must be positive"
              .formatted(maxBodyBytes, maxImages));
    }
    if (maxBodyBytes > bodies.capacity()) {
      throw new IllegalArgumentException(
          "maxBodyBytes is %d, but all bodies together may have %d: it must be no more"
              .formatted(maxBodyBytes, bodies.capacity()));
    }
  }
}
