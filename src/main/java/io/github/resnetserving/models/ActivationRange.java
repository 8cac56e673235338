package io.github.resnetserving.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What an 8-bit activation spans; values outside are clipped.
 *
 * @param low at most 0
 * @param high at least 0, and more than {@code low}
 */
public record ActivationRange(@JsonProperty("low") double low, @JsonProperty("high") double high) {

  public ActivationRange {
    if (!(low <= 0 && high >= 0 && low < high && high - low < Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "the range from %s to %s is none: it must have a length and contain 0"
              .formatted(low, high));
    }
  }
}
