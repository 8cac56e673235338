package io.github.resnetserving.batch;

import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler whose workers are no threads: whoever simulates them asks for batches and says when
 * one is over. Not thread-safe.
 */
public final class SimulatedWorkers {

  /** A batch that a simulated worker is at. */
  public final class Running {
    private final Batch<?, ?> batch;

    private Running(Batch<?, ?> batch) {
      this.batch = batch;
    }

    /** The processor time that it needs, in nanoseconds. */
    public double workNanos() {
      int size = batch.jobs().size();
      return size == 0 ? 0 : workNanos.applyAsDouble(size);
    }

    /** Hands out the results; the clock says when the batch was over. */
    public void finish() {
      batch.run();
    }
  }

  private final BatchScheduler scheduler;
  private final IntToDoubleFunction workNanos;

  /**
   * @param workNanos the processor time of a batch of a size
   */
  public SimulatedWorkers(int workers, NanoClock clock, IntToDoubleFunction workNanos) {
    this.scheduler = new BatchScheduler(workers, clock, _ -> new Thread(() -> {}));
    this.workNanos = workNanos;
  }

  /** Opens a queue whose function gives back its inputs. */
  public BatchQueue<String, String> open(BatchSettings settings) {
    return scheduler.open("simulated", inputs -> inputs, settings, BatchListener.NONE);
  }

  /**
   * The next batch, if there is one now.
   *
   * @param done what the worker has just finished; null if nothing
   */
  public @Nullable Running poll(@Nullable Running done) {
    Batch<?, ?> next = scheduler.poll(done == null ? null : done.batch);
    return next == null ? null : new Running(next);
  }
}
