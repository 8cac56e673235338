package io.github.resnetserving.inference;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.inference.DecodeQueue.DecodeTask;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads that decode, no more than there are processors: decoding is native code and
 * arithmetic, so on virtual threads it would hold their few carriers. Images are decoded in the
 * order they came. A thread that does not come back from a decoder can be replaced, a stated number
 * of times at once. Thread-safe.
 */
final class DecodePool implements AutoCloseable {

  /**
   * Bulk images for each thread that are here at the same time: enough to keep it busy, and few
   * enough for an interactive image to come behind.
   */
  private static final int BULK_EACH = 2;

  private final int threadCount;
  private final int spareThreads;
  private final NanoClock clock;
  private final DecodeQueue queue;
  private final Semaphore bulkPlaces;
  private final ThreadFactory factory = Thread.ofPlatform().daemon().name("decode-", 0).factory();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet(); // that have not ended
  private final Semaphore spares; // threads that may still be started in the place of others

  /**
   * Starts the threads.
   *
   * @param queueCapacity images that may wait for a thread
   * @param spareThreads how many threads that do not come back are replaced at the same time
   * @param clock the one that deadlines are readings of
   */
  DecodePool(int threadCount, int queueCapacity, int spareThreads, NanoClock clock) {
    this.threadCount = threadCount;
    this.spareThreads = spareThreads;
    this.clock = clock;
    this.queue = new DecodeQueue(queueCapacity, threadCount, clock);
    this.bulkPlaces = new Semaphore(BULK_EACH * threadCount, /* fair= */ true);
    this.spares = new Semaphore(spareThreads);
    for (int i = 0; i < threadCount; i++) {
      start();
    }
  }

  /**
   * Takes an image, unless there is no room, here or in what comes after decoding.
   *
   * @param bulk whether it waits here first until it holds up no interactive image
   * @return why it was not taken; null if it was
   */
  @Nullable Failure tryExecute(DecodeTask task, Deadline deadline, boolean bulk)
      throws InterruptedException {
    if (!bulk) {
      return queue.offer(task);
    }
    if (!awaitBulkPlace(deadline)) {
      return new Failure.TimedOut(deadline.limit());
    }
    Failure refusal = queue.offer(new Bulk(task));
    if (refusal != null) {
      bulkPlaces.release();
    }
    return refusal;
  }

  /** Whether an image would be taken now; see {@link DecodeQueue#ask}. */
  @Nullable Failure ask(DecodeTask task) {
    return queue.ask(task);
  }

  /** A task that gives its bulk place back when it is over. */
  private final class Bulk implements DecodeTask {
    private final DecodeTask task;

    Bulk(DecodeTask task) {
      this.task = task;
    }

    @Override
    public int encodedBytes() {
      return task.encodedBytes();
    }

    @Override
    public Deadline deadline() {
      return task.deadline();
    }

    @Override
    public @Nullable Failure admit(long readyNanos, boolean alone) {
      return task.admit(readyNanos, alone);
    }

    @Override
    public boolean begin() {
      boolean wanted = task.begin();
      if (!wanted) {
        bulkPlaces.release();
      }
      return wanted;
    }

    @Override
    public void run() {
      try {
        task.run();
      } finally {
        bulkPlaces.release();
      }
    }
  }

  private boolean awaitBulkPlace(Deadline deadline) throws InterruptedException {
    for (long left = leftNanos(deadline); left > 0; left = leftNanos(deadline)) {
      if (bulkPlaces.tryAcquire(left, TimeUnit.NANOSECONDS)) {
        return true;
      }
    }
    return false;
  }

  private long leftNanos(Deadline deadline) {
    return deadline.atNanos() - clock.nanoTime();
  }

  private void start() {
    Thread thread = factory.newThread(this::work);
    threads.add(thread);
    thread.start();
  }

  private void work() {
    boolean failed = true;
    try {
      DecodeQueue.Running next = queue.take();
      while (next != null && decode(next)) {
        next = queue.take();
      }
      failed = false;
    } finally {
      threads.remove(Thread.currentThread());
      if (failed) {
        start(); // the error that ended this thread is told by its handler
      }
    }
  }

  /** Returns whether the thread goes on: not if it came back after it had been replaced. */
  private boolean decode(DecodeQueue.Running next) {
    boolean counted = true;
    try {
      next.task().run();
    } finally {
      counted = queue.finish(next);
    }
    if (counted || queue.rejoin(threadCount)) {
      return true;
    }
    spares.release();
    return false;
  }

  /**
   * Gives up the thread that is at an image, and starts another in its place as long as there are
   * spare ones. Should it come back, it goes on where it was not replaced, and else ends.
   *
   * @param number of the image in {@link Activity#running}
   * @return whether the image was still being decoded
   */
  boolean replace(long number) {
    boolean found = queue.abandon(number);
    if (found && spares.tryAcquire()) {
      var _ = queue.rejoin(threadCount);
      start();
    }
    return found;
  }

  /** Threads that were replaced and have not come back. */
  int replaced() {
    return spareThreads - spares.availablePermits();
  }

  /** What the threads do at this moment. */
  Activity activity() {
    return queue.activity();
  }

  /** Lets running tasks finish and forgets queued ones: their requests run into their deadline. */
  @Override
  public void close() {
    queue.close();
    threads.forEach(Thread::interrupt);
  }
}
