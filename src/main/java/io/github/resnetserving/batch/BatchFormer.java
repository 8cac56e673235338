package io.github.resnetserving.batch;

import java.util.ArrayList;
import java.util.List;

/**
 * The jobs of one queue that wait and the batches of them that run: says when the next batch may
 * start, cuts it, and expects of measured times how long what is there will take. Guarded by the
 * scheduler's lock.
 */
final class BatchFormer<I, O> {

  /** After so many batches without a job that is turned away there is no overload any more. */
  private static final int CALM = 16;

  /**
   * While jobs are turned away, a batch takes at most this part of the time that they have. A job
   * waits for one batch and then runs in another, so larger ones leave no room for a queue, and
   * between two of them a worker finds nothing to do.
   */
  private static final int DEADLINE_PARTS = 3;

  /** Weight of one smaller batch in the moving average of batch sizes: one part in so many. */
  private static final int USUAL_WEIGHT = 4;

  private final BatchQueue<I, O> queue;
  private final BatchSettings settings;
  private final Backlog<I, O> backlog = new Backlog<>();
  private final List<Batch<I, O>> running = new ArrayList<>();
  private final ServiceTimes serviceTimes;
  private final ServiceTimes spreadTimes; // of batches on all workers' processors
  private final FairShare share;
  private final BatchTuner tuner;
  private boolean draining;
  private int usualSize = 1; // of batches of late
  private int cutsSinceRejection = CALM;
  private final SmoothedTime left = new SmoothedTime(); // that jobs have when they come
  private int expectedInteractive; // jobs whose inputs are still being made
  private int expectedBulk; // likewise

  BatchFormer(BatchQueue<I, O> queue, BatchSettings settings, FairShare share, long now) {
    this.queue = queue;
    this.settings = settings;
    this.serviceTimes = new ServiceTimes(settings.sizes());
    this.spreadTimes = new ServiceTimes(settings.sizes());
    this.share = share;
    this.tuner = new BatchTuner(settings, now);
  }

  BatchQueue<I, O> queue() {
    return queue;
  }

  FairShare share() {
    return share;
  }

  BatchSettings settings() {
    return settings;
  }

  ServiceTimes serviceTimes() {
    return serviceTimes;
  }

  int waiting() {
    return backlog.size();
  }

  /** How many of the waiting jobs go before one that comes now. */
  int ahead(Priority priority) {
    return backlog.ahead(priority, 0, 0);
  }

  /** How many of the waiting and of the expected jobs go before one that is expected last. */
  int aheadOfExpected(Priority priority) {
    return backlog.ahead(priority, expectedInteractive, expectedBulk);
  }

  /** Takes note of jobs whose inputs are being made, or with a negative number of fewer of them. */
  void expect(Priority priority, int jobs) {
    if (priority == Priority.BULK) {
      expectedBulk += jobs;
    } else {
      expectedInteractive += jobs;
    }
  }

  /** Jobs whose inputs are still being made. */
  int expected() {
    return expectedInteractive + expectedBulk;
  }

  /** Whether no job waits or runs; some may be expected. */
  boolean isIdle() {
    return backlog.isEmpty() && running.isEmpty();
  }

  /** The index of the largest batch that is formed now. */
  int sizeIndex() {
    int index = tuner.sizeIndex();
    while (isOverloaded() && index > 0 && serviceTimes.mean(index) > left.mean() / DEADLINE_PARTS) {
      index--;
    }
    return index;
  }

  private boolean isOverloaded() {
    return cutsSinceRejection < CALM;
  }

  private int largest() {
    return settings.sizes().get(sizeIndex());
  }

  /** When a job that comes now starts at the latest: after the delay, but early enough. */
  long latestStart(long now, long deadlineNanos) {
    int size = sizeIndex();
    long runNanos = ServiceTimes.safe(serviceTimes.mean(size) + serviceTimes.margin(size, 1));
    long spareNanos = deadlineNanos - now - runNanos;
    return now + Math.max(0, Math.min(tuner.delayNanos(), spareNanos));
  }

  /** Returns whether a batch may now start earlier than a sleeping worker knows. */
  boolean add(Job<I, O> job) {
    boolean first = backlog.isEmpty();
    long before = first ? 0 : backlog.latestStart();
    backlog.add(job);
    left.record(job.leftNanos());
    tuner.jobArrived();
    if (first) {
      share.activate();
    }
    return first || backlog.size() % largest() == 0 || backlog.latestStart() - before < 0;
  }

  /** Returns whether the job was waiting. */
  boolean remove(Job<I, O> job) {
    return backlog.remove(job);
  }

  /** Closes the former: no job is accepted any more, and none waits for further jobs. */
  void drain() {
    draining = true;
  }

  /** Removes the jobs that wait and returns them with those that run, which stay. */
  List<Job<I, O>> giveUp() {
    List<Job<I, O>> jobs = new ArrayList<>(backlog.take(backlog.size()));
    running.forEach(batch -> jobs.addAll(batch.jobs()));
    return jobs;
  }

  boolean mayStart() {
    return !backlog.isEmpty() && running.size() < settings.concurrency();
  }

  /** How long until a batch may start; zero or negative if it may now. Only while jobs wait. */
  long untilRipeNanos(long now) {
    if (backlog.size() >= largest() || draining) {
      return 0;
    }
    return backlog.latestStart() - now;
  }

  /**
   * Takes a batch out of the queue; it is empty if every job has expired.
   *
   * @param free workers that could take one now
   */
  Batch<I, O> cut(long now, int free) {
    return cut(now, Math.min(free, settings.concurrency() - running.size()), serviceTimes, 1);
  }

  /** Takes a batch for the processors of all workers; it is empty if every job has expired. */
  Batch<I, O> cutSpread(long now, int workers) {
    return cut(now, /* takers= */ 1, spreadTimes, workers);
  }

  private Batch<I, O> cut(long now, int takers, ServiceTimes times, int workers) {
    List<Job<I, O>> expired = backlog.takeExpired(now);
    if (backlog.isEmpty()) {
      return new Batch<>(queue, List.of(), expired, 0, now, 0, workers);
    }
    int waiting = Math.ceilDiv(backlog.size(), takers);
    int index =
        isOverloaded()
            ? Math.min(sizeIndex(), settings.sizes().indexWithin(waiting))
            : tuner.nextSizeIndex(waiting);
    List<Job<I, O>> jobs = backlog.take(settings.sizes().get(index));
    if (takers > 1) {
      backlog.releaseAll(now); // the rest is the other takers' share
    } else if (backlog.size() < largest()) { // else the next batch is full, whenever it may start
      backlog.noteLatestStart(now);
    }
    var batch = new Batch<>(queue, jobs, expired, backlog.size(), now, times.mean(index), workers);
    share.charge(batch.chargedNanos());
    running.add(batch);
    cutsSinceRejection = Math.min(CALM, cutsSinceRejection + 1);
    usualSize =
        Math.max(jobs.size(), usualSize - Math.ceilDiv(usualSize - jobs.size(), USUAL_WEIGHT));
    return batch;
  }

  void record(int size, long nanos, boolean spread) {
    (spread ? spreadTimes : serviceTimes).record(settings.sizes().indexWithin(size), nanos);
  }

  /** Takes note that a batch is over and its jobs have their results. */
  void finished(Batch<I, O> batch, long now) {
    if (running.remove(batch)) {
      share.correct(batch.chargedNanos(), batch.usedNanos());
      tuner.batchFinished(batch.jobs(), now, serviceTimes);
    }
  }

  /** What everything that waits or is expected will take, one batch after another. */
  long backlogNanos() {
    int waiting = backlog.size() + expected();
    if (waiting == 0) {
      return 0;
    }
    int rest = waiting % largest();
    long full = waiting / largest() * serviceTimes.mean(sizeIndex());
    return rest == 0 ? full : full + serviceTimes.mean(settings.sizes().indexHolding(rest));
  }

  /**
   * The index of the size of the batch that a job will be in. While it waits for a worker more
   * come: as many as fill it while jobs are turned away, and else as many as have of late.
   *
   * @param full full batches that go first
   * @param before jobs of the same batch that come before it
   * @param waits whether it waits for a worker
   */
  int lastSizeIndex(int full, int before, boolean waits) {
    int largest = sizeIndex();
    if (full > 0 || (waits && isOverloaded())) {
      return largest;
    }
    int jobs = waits ? Math.max(before + 1, usualSize) : before + 1;
    return Math.min(largest, settings.sizes().indexHolding(jobs));
  }

  /** Takes note that a job was turned away. */
  void rejected() {
    cutsSinceRejection = 0;
  }

  /**
   * Writes down how long each running batch is still expected to take.
   *
   * @param nanos where to
   * @param from the index to begin at
   * @return the index after the last one; those for which there is no room are left out
   */
  int remaining(long now, long[] nanos, int from) {
    int next = from;
    for (int i = 0; i < running.size() && next < nanos.length; i++) {
      nanos[next++] = running.get(i).untilDoneNanos(now);
    }
    return next;
  }

  /** What the running batches are still expected to take of the workers' time. */
  long runningNanos(long now) {
    long nanos = 0;
    for (int i = 0; i < running.size(); i++) { // no iterator: rejections allocate nothing
      nanos += running.get(i).remainingNanos(now);
    }
    return nanos;
  }
}
