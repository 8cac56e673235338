package io.github.resnetserving.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs jobs in batches on its own platform threads. The first job opens a batch; the batch starts
 * when it is full, or when that job has waited the configured delay since its <em>submission</em>,
 * so a job that queued behind a long batch does not wait again.
 *
 * <p>The queue is truly bounded. A job is turned away when the queue is full or when the jobs
 * before it, at the measured service time, take longer than it has. Thread-safe.
 *
 * @param <I> a job's input
 * @param <O> a job's output
 */
public final class BatchExecutor<I, O> implements AutoCloseable {

  private final String name;
  private final BatchSettings settings;
  private final NanoClock clock;
  private final BatchListener listener;
  private final ServiceTime serviceTime = new ServiceTime();
  private final JobQueue<Job<I, O>> queue;
  private final Set<Job<I, O>> open = ConcurrentHashMap.newKeySet();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * Starts the worker threads.
   *
   * @param name names the threads, and the executor in {@link BatchResult.ShutDown}
   */
  public BatchExecutor(
      String name,
      BatchFunction<I, O> function,
      BatchSettings settings,
      NanoClock clock,
      BatchListener listener) {
    this.name = name;
    this.settings = settings;
    this.clock = clock;
    this.listener = new GuardedListener(listener);
    this.queue = new JobQueue<>(settings.queueCapacity(), clock);
    for (int i = 0; i < settings.workers(); i++) {
      Worker<I, O> worker =
          new Worker<>(queue, function, settings, clock, serviceTime, this.listener);
      threads.add(
          Thread.ofPlatform().daemon().name("batch-%s-%d".formatted(name, i)).start(worker));
    }
  }

  /**
   * Submits one job; never waits.
   *
   * @param deadlineNanos the reading of the clock by which the output is wanted
   * @return a ticket, which is already done if the job was not accepted
   */
  public Ticket<O> submit(I input, long deadlineNanos) {
    long now = clock.nanoTime();
    Job<I, O> job = Job.open(input, now, deadlineNanos, open);
    Ticket<O> ticket = new Ticket<>(job, () -> queue.remove(job), clock, listener);
    int queueLength = queue.size();
    long estimatedWaitNanos = estimatedWaitNanos(queueLength);
    if (job.leftNanos(now) <= 0) {
      job.complete(new BatchResult.Expired<>());
      listener.onExpired(0);
    } else if (estimatedWaitNanos >= job.leftNanos(now)) {
      reject(job, queueLength, estimatedWaitNanos);
    } else {
      switch (queue.offer(job)) {
        case ACCEPTED -> {}
        case FULL -> reject(job, queueLength, estimatedWaitNanos);
        case CLOSED -> job.complete(new BatchResult.ShutDown<>(name));
      }
    }
    return ticket;
  }

  /** Jobs that wait for a batch. */
  public int queueLength() {
    return queue.size();
  }

  /**
   * Accepts no more, lets queued jobs run until the drain limit, and completes the rest as {@link
   * BatchResult.ShutDown}. May be called more than once.
   */
  @Override
  public void close() {
    queue.close();
    if (!joinWorkers(settings.drainLimit())) {
      queue.clear(); // the workers find nothing more to take
      open.forEach(job -> job.complete(new BatchResult.ShutDown<>(name)));
    }
  }

  private long estimatedWaitNanos(int queueLength) {
    return serviceTime.estimateNanos(queueLength) / settings.workers();
  }

  private void reject(Job<I, O> job, int queueLength, long estimatedWaitNanos) {
    job.complete(new BatchResult.Rejected<>(queueLength, estimatedWaitNanos));
    listener.onRejected(queueLength, estimatedWaitNanos);
  }

  /** Returns whether all workers ended within the limit; an interrupt ends the wait. */
  private boolean joinWorkers(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try {
      for (Thread thread : threads) {
        if (!thread.join(Duration.ofNanos(Math.max(0, end - System.nanoTime())))) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
