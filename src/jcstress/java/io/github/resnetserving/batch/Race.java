package io.github.resnetserving.batch;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A queue without threads: what a worker does, an actor does. */
class Race implements BatchListener {

  final AtomicInteger heard = new AtomicInteger();
  final AtomicInteger told = new AtomicInteger();
  final BatchScheduler scheduler =
      new BatchScheduler(1, () -> 0, _ -> Thread.ofPlatform().unstarted(() -> {}));
  final BatchQueue<Integer, Integer> queue =
      scheduler.open(
          "race",
          inputs -> inputs,
          BatchSettings.of(BatchSizes.of(1, 2)).withDrainLimit(Duration.ZERO),
          this);

  Ticket<Integer> submit() {
    Ticket<Integer> ticket = queue.submit(1, 1);
    ticket.onDone(told::incrementAndGet);
    return ticket;
  }

  /** One round of a worker that finds a batch or does not. */
  void work() {
    Batch<Integer, Integer> batch;
    scheduler.lock.lock();
    try {
      if (!queue.former().mayStart()) {
        return;
      }
      batch = queue.former().cut(0, 1);
    } finally {
      scheduler.lock.unlock();
    }
    batch.run();
    scheduler.lock.lock();
    try {
      batch.finished();
    } finally {
      scheduler.lock.unlock();
    }
  }

  /** What {@link Ticket#await} does once the deadline has passed. */
  @SuppressWarnings("unchecked") // what was accepted is a job
  void expire(Ticket<Integer> ticket) {
    queue.expire((Job<Integer, Integer>) ticket);
  }

  /** The name of a ticket's result, how often a listener heard it and how often it was told. */
  String ending(Ticket<Integer> ticket) {
    if (!ticket.isDone()) {
      return "open";
    }
    try {
      String name = ticket.await().getClass().getSimpleName();
      return "%s heard %d told %d".formatted(name, heard.get(), told.get());
    } catch (InterruptedException e) {
      return "interrupted";
    }
  }

  @Override
  public void onRejected(int queueDepth, long estimatedWaitNanos) {
    heard.incrementAndGet();
  }

  @Override
  public void onExpired(long ageNanos) {
    heard.incrementAndGet();
  }

  @Override
  public void onCancelled(long ageNanos) {
    heard.incrementAndGet();
  }

  @Override
  public void onShutDown(long ageNanos) {
    heard.incrementAndGet();
  }
}
