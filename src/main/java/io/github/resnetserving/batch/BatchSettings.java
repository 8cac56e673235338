package io.github.resnetserving.batch;

import java.time.Duration;

/**
 * How a {@link BatchExecutor} forms batches.
 *
 * @param maxBatch jobs a batch at most
 * @param maxDelay how long the oldest job of a batch may wait for company, counted from its
 *     submission; zero takes what is there
 * @param queueCapacity jobs that may wait
 * @param workers threads that run batches
 * @param drainLimit how long {@link BatchExecutor#close()} lets queued jobs finish
 */
public record BatchSettings(
    int maxBatch, Duration maxDelay, int queueCapacity, int workers, Duration drainLimit) {

  public BatchSettings {
    requirePositive("maxBatch", maxBatch);
    requirePositive("queueCapacity", queueCapacity);
    requirePositive("workers", workers);
    requireNotNegative("maxDelay", maxDelay);
    requireNotNegative("drainLimit", drainLimit);
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
