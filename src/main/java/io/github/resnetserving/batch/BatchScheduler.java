package io.github.resnetserving.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs the batches of several queues on a fixed number of platform threads. Queues that have jobs
 * waiting share the threads' time by weight, independent of what their batches cost; see {@link
 * FairShare}. Queues can be opened and closed while others are busy. Thread-safe.
 *
 * <p>One lock guards the scheduler and its queues. It is held for the bookkeeping of one job or one
 * batch, never while a function, a listener or a waiting caller runs.
 */
public final class BatchScheduler implements AutoCloseable {

  /**
   * How long until a job would have its output.
   *
   * @param meanNanos at the mean of the measured times
   * @param marginNanos what it may take beyond that, by their deviations
   */
  record Estimate(long meanNanos, long marginNanos) {

    long withMargin() {
      return meanNanos + marginNanos;
    }
  }

  private final NanoClock clock;
  private final int workers;
  final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final FairShare.VirtualTime virtualTime = new FairShare.VirtualTime(); // guarded by lock
  private final List<BatchFormer<?, ?>> formers =
      new ArrayList<>(); // of open queues; guarded by lock
  private int idleWorkers; // that sleep; guarded by lock
  private final Map<Batch<?, ?>, Long> running = new HashMap<>(); // to numbers; guarded by lock
  private long taken; // batches, ever; guarded by lock
  private long steps; // batches taken and batches finished, ever; guarded by lock
  private boolean spread; // the running batch has all workers; guarded by lock
  private boolean closed; // guarded by lock
  private final long[] untilFree; // (workers,), nanoseconds, for estimates; guarded by lock

  /**
   * Starts the worker threads.
   *
   * @param workers how many batches may run at the same time
   */
  public BatchScheduler(int workers, NanoClock clock) {
    this(workers, clock, Thread.ofPlatform().daemon().name("batch-", 0).factory());
  }

  BatchScheduler(int workers, NanoClock clock, ThreadFactory threads) {
    if (workers < 1) {
      throw new IllegalArgumentException(
          "the number of workers is %d: it must be positive".formatted(workers));
    }
    this.workers = workers;
    this.clock = clock;
    this.untilFree = new long[workers];
    for (int i = 0; i < workers; i++) {
      threads.newThread(this::work).start();
    }
  }

  /**
   * Opens a queue.
   *
   * @param name names the queue in {@link BatchResult.ShutDown}
   * @throws IllegalStateException if the scheduler has been closed
   */
  public <I, O> BatchQueue<I, O> open(
      String name, BatchFunction<I, O> function, BatchSettings settings, BatchListener listener) {
    FairShare share = new FairShare(virtualTime, settings.weight());
    var queue = new BatchQueue<>(this, name, function, settings, listener, clock, lock, share);
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException(
            "the queue %s cannot be opened: the scheduler is closed".formatted(name));
      }
      formers.add(queue.former());
      return queue;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Closes every queue, all at once, and then ends the workers; see {@link BatchQueue#close()}. A
   * worker that is still in a function ends with it. May be called more than once.
   */
  @Override
  public void close() {
    List<BatchQueue<?, ?>> open;
    lock.lock();
    try {
      closed = true;
      open = formers.stream().<BatchQueue<?, ?>>map(BatchFormer::queue).toList();
      open.forEach(BatchQueue::beginClosing);
    } finally {
      lock.unlock();
    }
    open.forEach(BatchQueue::close);
    lock.lock();
    try {
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What the workers do at this moment. */
  public Activity activity() {
    lock.lock();
    try {
      int waiting = formers.stream().mapToInt(BatchFormer::waiting).sum();
      return new Activity(steps, workers, waiting, List.copyOf(running.values()));
    } finally {
      lock.unlock();
    }
  }

  private void work() {
    Batch<?, ?> done = null;
    while (true) {
      Batch<?, ?> batch = next(done);
      if (batch == null) {
        return;
      }
      batch.run();
      done = batch;
    }
  }

  /** Waits for the next batch to run; null when the scheduler is closed and drained. */
  @Nullable Batch<?, ?> next(@Nullable Batch<?, ?> done) {
    lock.lock();
    try {
      finish(done);
      while (true) {
        long now = clock.nanoTime();
        BatchFormer<?, ?> chosen = choose(now);
        if (chosen != null && chosen.untilRipeNanos(now) <= 0) {
          return take(chosen, now);
        }
        if (closed && formers.isEmpty()) {
          return null;
        }
        idleWorkers++;
        try {
          // The clock is asked again after the wait: the wait itself is not what is measured.
          work.awaitNanos(chosen == null ? Long.MAX_VALUE : chosen.untilRipeNanos(now));
        } catch (InterruptedException e) {
          // Closing is what ends a worker; an interrupt is a leftover of a function's.
        } finally {
          idleWorkers--;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** The next batch to run if there is one now; never waits. */
  @Nullable Batch<?, ?> poll(@Nullable Batch<?, ?> done) {
    lock.lock();
    try {
      finish(done);
      long now = clock.nanoTime();
      BatchFormer<?, ?> chosen = choose(now);
      return chosen != null && chosen.untilRipeNanos(now) <= 0 ? take(chosen, now) : null;
    } finally {
      lock.unlock();
    }
  }

  private void finish(@Nullable Batch<?, ?> done) {
    if (done != null) {
      done.finished();
      running.remove(done);
      steps++;
      spread = false; // it was the only one, if any
    }
  }

  private Batch<?, ?> take(BatchFormer<?, ?> former, long now) {
    spread = mayHaveAll(former);
    Batch<?, ?> batch =
        spread
            ? former.cutSpread(now, workers)
            : former.cut(now, /* free= */ workers - running.size());
    running.put(batch, ++taken);
    steps++;
    if (!spread && idleWorkers > 0 && formers.stream().anyMatch(BatchFormer::mayStart)) {
      wakeWorker(); // a sleeping worker may not know of what is left
    }
    return batch;
  }

  /**
   * Whether a queue's job gets the processors of all workers: while no batch runs and no other job
   * waits.
   */
  private boolean mayHaveAll(BatchFormer<?, ?> former) {
    return running.isEmpty()
        && workers > 1
        && former.waiting() == 1
        && former.queue().function().spreads()
        && formers.stream().allMatch(other -> other == former || other.waiting() == 0);
  }

  /** The ripe queue whose turn it is; if none is ripe the one that will be first; null if none. */
  private @Nullable BatchFormer<?, ?> choose(long now) {
    if (spread) {
      return null;
    }
    BatchFormer<?, ?> chosen = null;
    long chosenUntilRipe = Long.MAX_VALUE;
    for (BatchFormer<?, ?> former : formers) {
      if (former.mayStart()) {
        long untilRipe = Math.max(0, former.untilRipeNanos(now));
        if (chosen == null
            || untilRipe < chosenUntilRipe
            || (untilRipe == 0 && former.share().isBefore(chosen.share()))) {
          chosen = former;
          chosenUntilRipe = untilRipe;
        }
      }
    }
    return chosen;
  }

  // Called by queues, under the lock.

  void wakeWorker() {
    if (idleWorkers > 0) {
      work.signal();
    }
  }

  void wakeWorkers() {
    work.signalAll();
  }

  void remove(BatchFormer<?, ?> former) {
    formers.remove(former);
  }

  /**
   * How long until a job would have its output that came to a queue now, from measured service
   * times; 0 while none has been measured.
   *
   * <p>While the job waits, other queues take no more of the workers than what they have waiting,
   * and no more than their weight allows. A queue cannot use more workers than may run its
   * function.
   *
   * @param ahead jobs of that queue that go first
   * @param readyNanos how long until the job can be submitted, which is added; what waits does not
   *     wait for it
   */
  Estimate estimate(BatchFormer<?, ?> own, int ahead, long now, long readyNanos) {
    ServiceTimes times = own.serviceTimes();
    int largest = own.sizeIndex();
    int full = ahead / times.sizes().get(largest);
    int rest = ahead % times.sizes().get(largest);
    long largestNanos = times.mean(largest);
    long ownNanos = full * largestNanos + own.runningNanos(now);
    int busy = own.remaining(now, untilFree, 0);
    for (int i = 0; i < formers.size(); i++) { // no iterator: rejections allocate nothing
      if (formers.get(i) != own) {
        busy = formers.get(i).remaining(now, untilFree, busy);
      }
    }
    Arrays.fill(untilFree, busy, workers, spread && busy > 0 ? untilFree[0] : 0);
    for (int i = 0; i < full; i++) {
      untilFree[firstFree()] += largestNanos;
    }
    int first = firstFree();
    if (rest > 0 && untilFree[first] < readyNanos) { // they go without the job
      long restNanos = times.mean(times.sizes().indexHolding(rest));
      untilFree[first] += restNanos;
      ownNanos += restNanos;
      first = firstFree();
      rest = 0;
    }
    int last = own.lastSizeIndex(full, rest, untilFree[first] > 0);
    long lastNanos = times.mean(last);
    long othersNanos = 0; // that wait
    for (int i = 0; i < formers.size(); i++) {
      BatchFormer<?, ?> other = formers.get(i);
      if (other != own) {
        long share =
            (full * largestNanos + lastNanos) * other.settings().weight() / own.settings().weight();
        othersNanos += Math.min(other.backlogNanos(), share);
      }
    }
    int usable = Math.min(workers, own.settings().concurrency());
    long startNanos = Math.max(ownNanos / usable, untilFree[first] + othersNanos / workers);
    return new Estimate(readyNanos + startNanos + lastNanos, times.margin(last, full + 1));
  }

  /** The index of the worker that is free first, in {@link #untilFree}. */
  private int firstFree() {
    int first = 0;
    for (int i = 1; i < workers; i++) {
      if (untilFree[i] < untilFree[first]) {
        first = i;
      }
    }
    return first;
  }
}
