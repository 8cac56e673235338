package io.github.resnetserving.batch;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link BatchQueue} forms batches.
 *
 * @param sizes the sizes that batches are cut at
 * @param maxDelay how long the oldest job of a batch may wait for company while a worker is free,
 *     counted from its submission; zero takes what is there. Not used with a target
 * @param targetP99 the response time that 99 of 100 jobs shall keep, from which delay and batch
 *     size then follow; null for the fixed ones
 * @param queueCapacity jobs that may wait; bulk jobs may take three quarters of the places
 * @param concurrency workers that may call the function at the same time
 * @param weight the queue's share of the workers' time, relative to the weights of other queues
 *     that have jobs waiting
 * @param drainLimit how long {@link BatchQueue#close()} lets queued jobs finish
 */
public record BatchSettings(
    BatchSizes sizes,
    Duration maxDelay,
    @Nullable Duration targetP99,
    int queueCapacity,
    int concurrency,
    int weight,
    Duration drainLimit) {

  /** The largest weight. */
  public static final int LARGEST_WEIGHT = 1000;

  public BatchSettings {
    requirePositive("queueCapacity", queueCapacity);
    requirePositive("concurrency", concurrency);
    requirePositive("weight", weight);
    if (weight > LARGEST_WEIGHT) {
      throw new IllegalArgumentException(
          "weight is %d: it must be at most %d".formatted(weight, LARGEST_WEIGHT));
    }
    requireNotNegative("maxDelay", maxDelay);
    requireNotNegative("drainLimit", drainLimit);
    if (targetP99 != null && !targetP99.isPositive()) {
      throw new IllegalArgumentException(
          "targetP99 is %s: it must be positive".formatted(targetP99));
    }
  }

  /**
   * Batches of what is there, called from one worker at a time: no delay, no target, 256 places,
   * weight 1, 20 s to drain.
   */
  public static BatchSettings of(BatchSizes sizes) {
    return new BatchSettings(sizes, Duration.ZERO, null, 256, 1, 1, Duration.ofSeconds(20));
  }

  /** Copies these settings with another delay. */
  public BatchSettings withMaxDelay(Duration value) {
    return new BatchSettings(
        sizes, value, targetP99, queueCapacity, concurrency, weight, drainLimit);
  }

  /** Copies these settings with another target, or with none. */
  public BatchSettings withTargetP99(@Nullable Duration value) {
    return new BatchSettings(
        sizes, maxDelay, value, queueCapacity, concurrency, weight, drainLimit);
  }

  /** Copies these settings with another capacity. */
  public BatchSettings withQueueCapacity(int value) {
    return new BatchSettings(sizes, maxDelay, targetP99, value, concurrency, weight, drainLimit);
  }

  /** Copies these settings with another number of concurrent workers. */
  public BatchSettings withConcurrency(int value) {
    return new BatchSettings(sizes, maxDelay, targetP99, queueCapacity, value, weight, drainLimit);
  }

  /** Copies these settings with another weight. */
  public BatchSettings withWeight(int value) {
    return new BatchSettings(
        sizes, maxDelay, targetP99, queueCapacity, concurrency, value, drainLimit);
  }

  /** Copies these settings with another drain limit. */
  public BatchSettings withDrainLimit(Duration value) {
    return new BatchSettings(sizes, maxDelay, targetP99, queueCapacity, concurrency, weight, value);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d: it must be positive".formatted(name, value));
    }
  }

  private static void requireNotNegative(String name, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(
          "%s is %s: it must not be negative".formatted(name, value));
    }
  }
}
