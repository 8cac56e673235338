package io.github.resnetserving.inference;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.ServiceTimes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Images that wait to be decoded, in the order they came, and those that are being decoded: says
 * how long one more would take, from measured times of images of about as many bytes, and takes it
 * if what comes after decoding has room for it by then. Owns no thread. Thread-safe.
 */
final class DecodeQueue {

  /** A task and what is known of it. */
  private record Entry(DecodeTask task, int size) {}

  /** A task that a thread is at. */
  final class Running {
    private final Entry entry;
    private final long number;
    private final long startNanos;

    private Running(Entry entry, long number, long startNanos) {
      this.entry = entry;
      this.number = number;
      this.startNanos = startNanos;
    }

    DecodeTask task() {
      return entry.task;
    }

    long number() {
      return number;
    }

    private long remainingNanos(long now) {
      return Math.max(0, times.mean(entry.size) - (now - startNanos));
    }
  }

  /** Sizes of encoded images, each twice the one before: 1 KiB and less, to 1 GiB. */
  private static final int SIZES = 21;

  private static final int BYTES_A_SIZE = 1024;

  /** With each image that comes, the slowest of late is forgotten by one part in so many. */
  private static final int SLOWEST_WEIGHT = 64;

  private final int capacity;
  private final NanoClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Queue<Entry> waiting = new ArrayDeque<>(); // guarded by lock
  private final int[] waitingOf = new int[SIZES]; // (sizes,), of those; guarded by lock
  private final List<Running> running = new ArrayList<>(); // guarded by lock
  private final ServiceTimes times = // of KiB; guarded by lock
      new ServiceTimes(new BatchSizes(IntStream.range(0, SIZES).mapToObj(i -> 1 << i).toList()));
  private long slowestNanos; // expected of the slowest image of late; guarded by lock
  private int threads; // that take tasks; guarded by lock
  private long taken; // tasks, ever; guarded by lock
  private long steps; // tasks taken and tasks finished, ever; guarded by lock
  private boolean closed; // guarded by lock

  /**
   * @param capacity images that may wait for a thread
   * @param threads that take tasks
   * @param clock the one that deadlines are readings of
   */
  DecodeQueue(int capacity, int threads, NanoClock clock) {
    this.capacity = capacity;
    this.threads = threads;
    this.clock = clock;
  }

  /**
   * Takes a task, unless there is no room or what comes after it refuses.
   *
   * @return why it was not taken; null if it was
   */
  @Nullable Failure offer(DecodeTask task) {
    Entry entry = new Entry(task, sizeOf(task.encodedBytes()));
    lock.lock();
    try {
      Failure refusal = refusal(task, entry.size);
      if (refusal == null) {
        waiting.add(entry);
        waitingOf[entry.size]++;
        work.signal();
      }
      return refusal;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Asks whether {@link #offer} would take a task now, which is given to it only for its size and
   * to be asked for admission.
   */
  @Nullable Failure ask(DecodeTask task) {
    int size = sizeOf(task.encodedBytes());
    lock.lock();
    try {
      return refusal(task, size);
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private @Nullable Failure refusal(DecodeTask task, int size) {
    boolean free = waiting.size() < threads - running.size(); // a thread that has nothing to do
    long readyNanos = readyNanos(free, fairNanos(size, task.deadline()));
    if (waiting.size() - Math.max(0, threads - running.size()) >= capacity) {
      return new Failure.Overloaded(Duration.ofNanos(readyNanos));
    }
    return task.admit(readyNanos, free);
  }

  /**
   * What an image's own decoding counts as, with a margin: as much as that of the slowest of late,
   * so that under overload images that are decoded faster do not take every place before those that
   * are not. Of the time that is left that is an eighth at most, or one very slow image could shut
   * out others.
   */
  private long fairNanos(int size, Deadline deadline) {
    long ownNanos = times.mean(size) + ServiceTimes.margin((double) times.deviation(size));
    slowestNanos = Math.max(ownNanos, slowestNanos - slowestNanos / SLOWEST_WEIGHT);
    long leftNanos = deadline.atNanos() - clock.nanoTime();
    return Math.max(ownNanos, Math.min(slowestNanos, leftNanos / 8));
  }

  /**
   * How long until an image that came now would be decoded, with a margin. Under the lock.
   *
   * @param free whether a thread has nothing to do
   * @param ownNanos what its own decoding counts as
   */
  private long readyNanos(boolean free, long ownNanos) {
    double variance = 0; // of the wait
    long waitNanos = 0;
    if (!free) {
      long now = clock.nanoTime();
      int takers = Math.max(1, threads);
      for (int i = 0; i < SIZES; i++) {
        if (waitingOf[i] > 0) {
          waitNanos += waitingOf[i] * times.mean(i);
          variance += waitingOf[i] * square(times.deviation(i)) / takers / takers;
        }
      }
      for (int i = 0; i < running.size(); i++) { // no iterator: rejections allocate little
        waitNanos += running.get(i).remainingNanos(now);
      }
      waitNanos /= takers;
    }
    return waitNanos + ownNanos + ServiceTimes.margin(Math.sqrt(variance));
  }

  private static double square(long value) {
    return (double) value * value;
  }

  private int sizeOf(int bytes) {
    return times.indexOf(Math.max(1, bytes / BYTES_A_SIZE));
  }

  /** Waits for the next task that still has something to decode; null once closed. */
  @Nullable Running take() {
    lock.lock();
    try {
      while (!closed) {
        Running next = next();
        if (next != null) {
          return next;
        }
        work.awaitUninterruptibly();
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** The next task that still has something to decode, if there is one now; never waits. */
  @Nullable Running poll() {
    lock.lock();
    try {
      return next();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Running next() {
    for (Entry entry = waiting.poll(); entry != null; entry = waiting.poll()) {
      waitingOf[entry.size]--;
      if (entry.task.begin()) {
        Running next = new Running(entry, ++taken, clock.nanoTime());
        running.add(next);
        steps++;
        return next;
      }
    }
    return null;
  }

  /**
   * Takes note that a task is over, and of how long it took.
   *
   * @return whether its thread is still counted; see {@link #abandon}
   */
  boolean finish(Running done) {
    lock.lock();
    try {
      times.record(done.entry.size, clock.nanoTime() - done.startNanos);
      steps++;
      return running.remove(done);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts a task's thread no longer, which may never come back.
   *
   * @return whether the task was running
   */
  boolean abandon(long number) {
    lock.lock();
    try {
      boolean found = running.removeIf(task -> task.number == number);
      if (found) {
        threads--;
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts one thread more that takes tasks, unless there are as many as there may be.
   *
   * @return whether it is counted
   */
  boolean rejoin(int most) {
    lock.lock();
    try {
      if (threads >= most) {
        return false;
      }
      threads++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** What the threads do at this moment. */
  Activity activity() {
    lock.lock();
    try {
      List<Long> numbers = running.stream().map(Running::number).toList();
      return new Activity(steps, threads, waiting.size(), numbers);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets the tasks that wait and ends every {@link #take}. */
  void close() {
    lock.lock();
    try {
      closed = true;
      waiting.clear();
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** One image's decoding, as a {@link DecodeQueue} knows it. Thread-safe. */
  interface DecodeTask extends Runnable {

    /** Bytes of the encoded image, from which its cost is estimated. */
    int encodedBytes();

    /** When the image's answer is wanted. */
    Deadline deadline();

    /**
     * Asks what comes after decoding for room. Called once, under the decode queue's lock.
     *
     * @param readyNanos how long it is expected to take until the image is decoded, margins
     *     included
     * @param alone whether no image is in front of it
     * @return why there is none; null if there is
     */
    @Nullable Failure admit(long readyNanos, boolean alone);

    /**
     * Whether there is still something to decode; a task whose deadline has passed ends here.
     * Called under the decode queue's lock.
     */
    boolean begin();
  }
}
