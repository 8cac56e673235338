package io.github.resnetserving.batch;

import io.github.resnetserving.batch.Forthcoming.Admission;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of one function, and how batches are formed of them. Made by {@link
 * BatchScheduler#open}; thread-safe.
 *
 * <p>A batch starts when a worker is free and as many jobs wait as the largest size holds, or the
 * oldest has waited the configured delay since its <em>submission</em>, so that a job that queued
 * behind a long batch does not wait again. The batch takes as many jobs as the largest size that
 * they fill, of the jobs' even share for each worker that is free. With a target for the response
 * time, delay and largest size follow from it; see {@link BatchTuning}.
 *
 * <p>The queue is bounded. A job is turned away when there is no place, or when its output would
 * come too late by the measured service times.
 *
 * @param <I> a job's input
 * @param <O> a job's output
 */
public final class BatchQueue<I, O> implements AutoCloseable {

  private enum Phase {
    OPEN,
    CLOSING,
    CLOSED
  }

  private final BatchScheduler scheduler;
  private final String name;
  private final BatchFunction<I, O> function;
  private final BatchSettings settings;
  private final BatchListener listener;
  private final NanoClock clock;
  private final ReentrantLock lock; // the scheduler's; guards everything below
  private final Condition drained;

  private final Slack slack = new Slack();
  private final BatchFormer<I, O> former;
  private Phase phase = Phase.OPEN;
  private long drainEnd; // a reading of the clock; means nothing while open

  BatchQueue(
      BatchScheduler scheduler,
      String name,
      BatchFunction<I, O> function,
      BatchSettings settings,
      BatchListener listener,
      NanoClock clock,
      ReentrantLock lock,
      FairShare share) {
    this.scheduler = scheduler;
    this.name = name;
    this.function = function;
    this.settings = settings;
    this.listener = new GuardedListener(listener);
    this.clock = clock;
    this.lock = lock;
    this.drained = lock.newCondition();
    this.former = new BatchFormer<>(this, settings, share, clock.nanoTime());
  }

  /** Submits an interactive job; see {@link #submit(Object, long, Priority)}. */
  public Ticket<O> submit(I input, long deadlineNanos) {
    return submit(input, deadlineNanos, Priority.INTERACTIVE);
  }

  /**
   * Submits one job; never waits for it.
   *
   * @param deadlineNanos the reading of the scheduler's clock by which the output is wanted
   * @return a ticket, which is already done if the job was not accepted
   */
  public Ticket<O> submit(I input, long deadlineNanos, Priority priority) {
    return submit(input, deadlineNanos, priority, null);
  }

  /**
   * @param place that the job takes; null for one that comes unexpected
   */
  Ticket<O> submit(I input, long deadlineNanos, Priority priority, @Nullable Place<I, O> place) {
    long now = clock.nanoTime();
    long leftNanos = deadlineNanos - now;
    if (leftNanos <= 0) {
      listener.onExpired(0);
      return new Job.Decided<>(new BatchResult.Expired<>()); // its place is given back later
    }
    BatchResult.Rejected<O> rejected = null;
    lock.lock();
    try {
      boolean hasPlace = place != null && place.takeOne();
      if (hasPlace) {
        former.expect(priority, -1);
      }
      if (phase == Phase.OPEN) {
        rejected =
            hasPlace ? lateness(priority, now, leftNanos) : rejection(priority, now, leftNanos);
        if (rejected == null) {
          return enqueue(input, priority, now, deadlineNanos);
        }
      }
    } finally {
      lock.unlock();
    }
    if (rejected == null) {
      listener.onShutDown(0);
      return new Job.Decided<>(new BatchResult.ShutDown<>(name));
    }
    return new Job.Decided<>(announced(rejected));
  }

  /**
   * Asks whether jobs may come whose inputs are still to be made; if so, later ones wait behind
   * them until they are submitted or their place is closed. A refusal is announced to the listener
   * like a job that is turned away.
   */
  public Admission<I, O> admit(Forthcoming jobs) {
    BatchResult.Rejected<O> rejected;
    lock.lock();
    try {
      rejected = rejection(jobs);
      if (rejected == null) {
        former.expect(jobs.priority(), jobs.jobs());
      }
    } finally {
      lock.unlock();
    }
    return rejected == null
        ? new Admission.Admitted<>(new Place<>(this, jobs))
        : new Admission.Refused<>(announced(rejected));
  }

  /**
   * Asks whether {@link #admit} would refuse jobs, and takes no place; a refusal is announced to
   * the listener like a job that is turned away.
   *
   * @return null if they would be admitted, or would end otherwise
   */
  public BatchResult.@Nullable Rejected<O> askAhead(Forthcoming jobs) {
    BatchResult.Rejected<O> rejected;
    lock.lock();
    try {
      rejected = rejection(jobs);
    } finally {
      lock.unlock();
    }
    return rejected == null ? null : announced(rejected);
  }

  /** Takes note that the outputs of jobs with a place are there, or are late already. */
  void ended(Place<I, O> place) {
    slack.record(clock.nanoTime() - place.deadlineNanos() >= 0);
  }

  void giveBack(Place<I, O> place) {
    lock.lock();
    try {
      former.expect(place.priority(), -place.takeAll());
    } finally {
      lock.unlock();
    }
  }

  /** Why a job is turned away that comes now; null if it is not. Under the lock. */
  private BatchResult.@Nullable Rejected<O> rejection(Priority priority, long now, long leftNanos) {
    int depth = former.waiting();
    long estimatedNanos = scheduler.estimate(former, former.ahead(priority), now, 0).withMargin();
    // An idle queue takes any job, or one slow measurement could turn everyone away for good.
    boolean inTime = former.isIdle() || ServiceTimes.safe(estimatedNanos) <= leftNanos;
    boolean accepted = depth < places(priority) && inTime;
    return accepted ? null : rejected(depth, estimatedNanos, leftNanos);
  }

  /** Why jobs are turned away that come later; null if they are not. Under the lock. */
  private BatchResult.@Nullable Rejected<O> rejection(Forthcoming jobs) {
    long now = clock.nanoTime();
    long leftNanos = jobs.deadlineNanos() - now;
    if (phase != Phase.OPEN || leftNanos <= 0) {
      return null; // which their submission will say
    }
    int depth = former.waiting() + former.expected();
    int ahead = former.aheadOfExpected(jobs.priority()) + jobs.jobs() - 1;
    long estimatedNanos = scheduler.estimate(former, ahead, now, jobs.readyNanos()).withMargin();
    long neededNanos = ServiceTimes.safe(estimatedNanos) + slack.within(leftNanos);
    boolean first = jobs.alone() && depth == 0 && former.isIdle();
    boolean accepted = depth < places(jobs.priority()) && (first || neededNanos <= leftNanos);
    return accepted ? null : rejected(depth, estimatedNanos, leftNanos - jobs.readyNanos());
  }

  private BatchResult.Rejected<O> rejected(int depth, long estimatedNanos, long leftNanos) {
    if (former.serviceTimes().mean(0) < leftNanos) { // else the queue is not why
      former.rejected();
    }
    return new BatchResult.Rejected<>(depth, estimatedNanos);
  }

  /** Why a job is turned away that had a place; null if its output may still be in time. */
  private BatchResult.@Nullable Rejected<O> lateness(Priority priority, long now, long leftNanos) {
    long expectedNanos = scheduler.estimate(former, former.ahead(priority), now, 0).meanNanos();
    return former.isIdle() || expectedNanos <= leftNanos
        ? null
        : new BatchResult.Rejected<>(former.waiting(), expectedNanos);
  }

  private BatchResult.Rejected<O> announced(BatchResult.Rejected<O> rejected) {
    listener.onRejected(rejected.queueLength(), rejected.estimatedWaitNanos());
    return rejected;
  }

  private int places(Priority priority) {
    int capacity = settings.queueCapacity();
    return priority == Priority.BULK ? capacity - capacity / 4 : capacity;
  }

  private Ticket<O> enqueue(I input, Priority priority, long now, long deadlineNanos) {
    long latestStart = former.latestStart(now, deadlineNanos);
    var job = new Job<I, O>(this, input, priority, now, deadlineNanos, latestStart);
    if (former.add(job)) {
      scheduler.wakeWorker();
    }
    return job;
  }

  /** Jobs that wait for a batch. */
  public int queueLength() {
    lock.lock();
    try {
      return former.waiting();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells how long a batch took that ran elsewhere, such as at warm-up, so that already the first
   * jobs are admitted by measured times.
   *
   * @param size one of the configured sizes
   */
  public void recordServiceTime(int size, Duration time) {
    int index = settings.sizes().values().indexOf(size);
    if (index < 0) {
      throw new IllegalArgumentException(
          "%d is not a batch size of %s, whose sizes are %s"
              .formatted(size, name, settings.sizes().values()));
    }
    lock.lock();
    try {
      former.serviceTimes().record(index, time.toNanos());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Accepts no more, lets queued jobs run until the drain limit, and completes the rest as {@link
   * BatchResult.ShutDown}, those of a batch that still runs among them. Other queues go on. Not to
   * be called by the function or the listener, whose end it waits for. May be called more than
   * once.
   */
  @Override
  public void close() {
    List<Job<I, O>> leftOver;
    lock.lock();
    try {
      beginClosing();
      leftOver = awaitDrained() ? List.of() : former.giveUp();
      phase = Phase.CLOSED;
      scheduler.remove(former);
    } finally {
      lock.unlock();
    }
    long now = clock.nanoTime();
    for (Job<I, O> job : leftOver) {
      if (job.complete(new BatchResult.ShutDown<>(name))) {
        listener.onShutDown(job.ageNanos(now));
      }
    }
  }

  /** Accepts no more from now on. Under the lock. */
  void beginClosing() {
    if (phase == Phase.OPEN) {
      phase = Phase.CLOSING;
      former.drain();
      drainEnd = clock.nanoTime() + settings.drainLimit().toNanos();
      scheduler.wakeWorkers();
    }
  }

  /** Returns whether nothing was left within the limit; an interrupt ends the wait. */
  private boolean awaitDrained() {
    try {
      while (!former.isIdle()) {
        long leftNanos = drainEnd - clock.nanoTime();
        if (leftNanos <= 0 || phase == Phase.CLOSED) {
          return false;
        }
        drained.awaitNanos(leftNanos);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  // Called by jobs.

  long nanoTime() {
    return clock.nanoTime();
  }

  /** Ends a job that may wait or run; returns whether it ends so. */
  boolean cancel(Job<I, O> job) {
    unlink(job);
    if (!job.complete(new BatchResult.Cancelled<>())) {
      return false;
    }
    listener.onCancelled(job.ageNanos(clock.nanoTime()));
    return true;
  }

  /** Ends a job whose deadline has passed, if it has not ended. */
  void expire(Job<I, O> job) {
    unlink(job);
    completeExpired(job);
  }

  private void unlink(Job<I, O> job) {
    lock.lock();
    try {
      if (former.remove(job)) {
        signalDrained();
      }
    } finally {
      lock.unlock();
    }
  }

  // Called by workers, without the lock.

  BatchFunction<I, O> function() {
    return function;
  }

  BatchListener listener() {
    return listener;
  }

  void completeExpired(Job<I, O> job) {
    if (job.complete(new BatchResult.Expired<>())) {
      listener.onExpired(job.ageNanos(clock.nanoTime()));
    }
  }

  void measured(int size, long nanos, boolean spread) {
    lock.lock();
    try {
      former.record(size, nanos, spread);
    } finally {
      lock.unlock();
    }
  }

  // Called by the scheduler, under the lock.

  BatchFormer<I, O> former() {
    return former;
  }

  /** Takes note that a batch is over and its jobs have their results. */
  void finished(Batch<I, O> batch) {
    former.finished(batch, clock.nanoTime());
    signalDrained();
  }

  private void signalDrained() {
    if (phase != Phase.OPEN) {
      drained.signalAll();
    }
  }
}
