package io.github.resnetserving.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What became of one way to compute a network on this machine.
 *
 * @param plan its operators, such as {@code fused}
 * @param precision what it computes in, such as {@code bf16}
 * @param rates images a second by batch size, of all workers together; empty where it did not run
 * @param difference the largest difference of a logit from the first trial's on the probe images,
 *     as a part of the largest logit; null where it was not compared
 * @param refused why it does not serve although it may be the fastest; null where nothing is wrong
 *     with it
 */
public record PlanMeasurement(
    @JsonProperty("plan") String plan,
    @JsonProperty("precision") String precision,
    @JsonProperty("rates") SequencedMap<Integer, Double> rates,
    @JsonProperty("difference") @Nullable Double difference,
    @JsonProperty("refused") @Nullable String refused) {

  public PlanMeasurement {
    rates = Collections.unmodifiableSortedMap(new TreeMap<>(rates));
  }

  /** Milliseconds an image, the mean over the batch sizes; infinite where it did not run. */
  public double millis() {
    return rates.values().stream()
        .mapToDouble(rate -> 1000 / rate)
        .average()
        .orElse(Double.POSITIVE_INFINITY);
  }
}
