package io.github.resnetserving.batch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler whose workers are no threads: whoever simulates them asks for batches, which are
 * formed as always, and says when one is over. Not thread-safe.
 */
public final class SimulatedWorkers {

  /** A batch that a simulated worker is at. */
  public static final class Running {
    private final Batch<?, ?> batch;

    private Running(Batch<?, ?> batch) {
      this.batch = batch;
    }

    /** How many jobs it has; 0 if all of them have expired. */
    public int size() {
      return batch.jobs().size();
    }

    /** Whether it has the processors of all workers. */
    public boolean isSpread() {
      return batch.isSpread();
    }

    /** Hands out the results; the clock says when the batch was over. */
    public void finish() {
      batch.run();
    }
  }

  /** Gives back its inputs. */
  private record Echo<T>(boolean spreads) implements BatchFunction<T, T> {

    @Override
    public List<T> apply(List<T> inputs) {
      return inputs;
    }
  }

  private final BatchScheduler scheduler;

  public SimulatedWorkers(int workers, NanoClock clock) {
    this.scheduler = new BatchScheduler(workers, clock, _ -> new Thread(() -> {}));
  }

  /**
   * Opens a queue whose outputs are the inputs.
   *
   * @param spreads whether a job that is alone gets the processors of all workers
   */
  public <T> BatchQueue<T, T> open(BatchSettings settings, boolean spreads) {
    return scheduler.open("simulated", new Echo<T>(spreads), settings, BatchListener.NONE);
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
