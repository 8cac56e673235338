package io.github.resnetserving.telemetry;

import io.github.resnetserving.batch.BatchListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/**
 * Meters of one model's batches. Every accepted job ends up in exactly one of: the sum of batch
 * sizes, {@code resnet.batch.expired}, {@code resnet.batch.cancelled}, or a shutdown; a job that
 * expires or is cancelled while its batch runs is in both. Rejected jobs are in none of the others.
 * Thread-safe.
 */
public final class BatchMetrics implements BatchListener {

  private final Timer queue;
  private final Timer run;
  private final DistributionSummary size;
  private final DistributionSummary depth;
  private final Counter failed;
  private final Counter rejected;
  private final Counter expired;
  private final Counter cancelled;

  /**
   * @param model the value of the tag {@code model}
   */
  public BatchMetrics(MeterRegistry registry, String model) {
    this.queue =
        Timer.builder("resnet.batch.queue")
            .description("Time from a job's submission to the start of its batch")
            .tag("model", model)
            .publishPercentileHistogram()
            .register(registry);
    this.run =
        Timer.builder("resnet.batch.run")
            .description("Time that the network takes for one batch")
            .tag("model", model)
            .publishPercentileHistogram()
            .register(registry);
    this.size =
        DistributionSummary.builder("resnet.batch.size")
            .description("Images in a batch")
            .baseUnit("images")
            .tag("model", model)
            .register(registry);
    this.depth =
        DistributionSummary.builder("resnet.batch.queue.depth")
            .description("Images that remain queued when a batch starts")
            .baseUnit("images")
            .tag("model", model)
            .register(registry);
    this.failed = counter(registry, model, "resnet.batch.failed", "batches", "Batches that failed");
    this.rejected =
        counter(
            registry,
            model,
            "resnet.batch.rejected",
            "images",
            "Images turned away: the queue was full or too long for their deadline");
    this.expired =
        counter(
            registry,
            model,
            "resnet.batch.expired",
            "images",
            "Images whose deadline passed before their output was there");
    this.cancelled =
        counter(
            registry,
            model,
            "resnet.batch.cancelled",
            "images",
            "Images whose output was no longer wanted");
  }

  @Override
  public void onJobStarted(long queueNanos) {
    queue.record(queueNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void onBatchStarted(int batchSize, int queueDepth) {
    size.record(batchSize);
    depth.record(queueDepth);
  }

  @Override
  public void onBatchCompleted(int batchSize, long runNanos) {
    run.record(runNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void onBatchFailed(int batchSize, long runNanos, Throwable cause) {
    failed.increment();
  }

  @Override
  public void onRejected(int queueDepth, long estimatedWaitNanos) {
    rejected.increment();
  }

  @Override
  public void onExpired(long ageNanos) {
    expired.increment();
  }

  @Override
  public void onCancelled(long ageNanos) {
    cancelled.increment();
  }

  private static Counter counter(
      MeterRegistry registry, String model, String name, String unit, String description) {
    return Counter.builder(name)
        .description(description)
        .baseUnit(unit)
        .tag("model", model)
        .register(registry);
  }
}
