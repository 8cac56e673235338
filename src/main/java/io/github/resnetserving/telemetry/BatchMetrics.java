package io.github.resnetserving.telemetry;

import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.NanoClock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Meters of the batches of one version of a model, looks inside the network included. What they
 * call an image is a crop: with ten crops each counts.
 *
 * <p>How they relate: an image that came to the queue is in exactly one of {@code
 * resnet.batch.rejected}, {@code resnet.batch.expired}, {@code resnet.batch.cancelled}, the sum of
 * {@code resnet.batch.size}, or a shutdown, or it still waits ({@code resnet.queue.length}). Only
 * one that expires or is cancelled while its batch runs is in two of them: that one and the batch's
 * size. The count of {@code resnet.batch.size} is that of {@code resnet.batch.run} plus the batches
 * that run now; failed ones are in both. Thread-safe.
 */
final class BatchMetrics implements BatchListener {

  private final MeterGroup meters;
  private final BusyShare busy;
  private final Timer run;
  private final DistributionSummary size;
  private final Counter failed;
  private final Counter rejected;
  private final Counter expired;
  private final Counter cancelled;

  BatchMetrics(MeterGroup meters, NanoClock clock) {
    this.meters = meters;
    this.busy = new BusyShare(clock);
    this.run = meters.timer("resnet.batch.run", "Time that the network takes for one batch");
    this.size =
        meters.summary("resnet.batch.size", "images", "Images in a batch", 1, 2, 4, 8, 16, 32, 64);
    this.failed = meters.counter("resnet.batch.failed", "batches", "Batches that failed");
    this.rejected =
        meters.counter(
            "resnet.batch.rejected",
            "images",
            "Images turned away: the queue was full or too long for their deadline");
    this.expired =
        meters.counter(
            "resnet.batch.expired",
            "images",
            "Images whose deadline passed before their output was there");
    this.cancelled =
        meters.counter(
            "resnet.batch.cancelled", "images", "Images whose output was no longer wanted");
    meters.gauge(
        "resnet.engine.busy",
        "ratio",
        "Share of the last half minute or so in which a batch ran",
        busy,
        BusyShare::get);
  }

  /** Adds the length of the queue, which exists later than its listener. */
  void queueLength(IntSupplier length) {
    meters.gauge(
        "resnet.queue.length",
        "images",
        "Images that wait for a batch",
        length,
        IntSupplier::getAsInt);
  }

  @Override
  public void onBatchStarted(int batchSize, int queueDepth) {
    busy.started();
    size.record(batchSize);
  }

  @Override
  public void onBatchCompleted(int batchSize, long runNanos) {
    busy.ended();
    run.record(runNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void onBatchFailed(int batchSize, long runNanos, Throwable cause) {
    busy.ended();
    run.record(runNanos, TimeUnit.NANOSECONDS);
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

  /**
   * The share of the time in which something ran, of late: what was t ago counts e^(-t/30 s). That
   * needs no window and no scheduler, and any number of readers see the same. Thread-safe.
   */
  private static final class BusyShare {

    private static final double TIME_CONSTANT_NANOS = 30e9;

    private final NanoClock clock;
    private double share; // guarded by this
    private long asOfNanos; // guarded by this
    private int running; // guarded by this

    BusyShare(NanoClock clock) {
      this.clock = clock;
      this.asOfNanos = clock.nanoTime();
    }

    synchronized void started() {
      advance();
      running++;
    }

    synchronized void ended() {
      advance();
      running--;
    }

    /** Between 0 and 1. */
    synchronized double get() {
      advance();
      return share;
    }

    private void advance() {
      long now = clock.nanoTime();
      double kept = Math.exp((asOfNanos - now) / TIME_CONSTANT_NANOS);
      share = share * kept + (running > 0 ? 1 - kept : 0);
      asOfNanos = now;
    }
  }
}
