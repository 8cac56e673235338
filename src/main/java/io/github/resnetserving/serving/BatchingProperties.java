package io.github.resnetserving.serving;

import io.github.resnetserving.batch.BatchSettings;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How requests are put together.
 *
 * @param maxBatch maximum number of images a batch
 * @param maxDelay maximum wait of the oldest image of a batch for further images while a worker is
 *     idle
 * @param targetP99 target p99 from decoding to output; delay and batch size adapt to measured
 *     times. Absent: fixed
 * @param weights a model's share of the machine while several are busy, by name, as in {@code
 *     resnet.batching.weights.NAME}; default 1
 * @param queueCapacity maximum number of waiting images; further images are answered 429
 * @param drain maximum time for queued images when the server stops
 */
@ConfigurationProperties("resnet.batching")
public record BatchingProperties(
    @DefaultValue("8") int maxBatch,
    @DefaultValue("0ms") Duration maxDelay,
    @Nullable Duration targetP99,
    @DefaultValue Map<String, Integer> weights,
    @DefaultValue("256") int queueCapacity,
    @DefaultValue("20s") Duration drain) {

  public BatchingProperties {
    weights = Map.copyOf(weights);
    weights.forEach(BatchingProperties::requireWeight);
    requirePositive("max-batch", maxBatch);
    requirePositive("queue-capacity", queueCapacity);
    if (maxDelay.isNegative() || drain.isNegative()) {
      throw new IllegalArgumentException(
          "resnet.batching.max-delay is %s and drain %s: neither may be negative"
              .formatted(maxDelay, drain));
    }
    if (targetP99 != null && !targetP99.isPositive()) {
      throw new IllegalArgumentException(
          "resnet.batching.target-p99 is %s: it must be positive, or absent".formatted(targetP99));
    }
  }

  private static void requireWeight(String model, int weight) {
    if (weight < 1 || weight > BatchSettings.LARGEST_WEIGHT) {
      throw new IllegalArgumentException(
          "resnet.batching.weights.%s is %d: it must be between 1 and %d"
              .formatted(model, weight, BatchSettings.LARGEST_WEIGHT));
    }
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "resnet.batching.%s is %d: it must be positive".formatted(name, value));
    }
  }
}
