package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.batch.BatchResult;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.batch.SimulatedWorkers;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.inference.DecodeQueue.DecodeTask;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decoding, batches and admission as they are, on simulated processors and a clock of their own:
 * the same arrivals always end the same. Threads that have work share the processors evenly. Not
 * thread-safe; one simulation is one run.
 */
final class PipelineSimulation {

  /**
   * A kind of image.
   *
   * @param bytes encoded
   * @param decodeMillis processor time
   * @param readable whether it has an output
   */
  record Image(int bytes, double decodeMillis, boolean readable) {}

  /**
   * The machine.
   *
   * @param requestMillis processor time of a request before its image is offered, its client's on
   *     the same machine included
   * @param batchMillis processor time of a batch of a size
   */
  record Machine(
      int processors,
      int decodeThreads,
      int workers,
      int maxBatch,
      int queueCapacity,
      double requestMillis,
      IntToDoubleFunction batchMillis) {

    Machine withRequestMillis(double millis) {
      return new Machine(
          processors, decodeThreads, workers, maxBatch, queueCapacity, millis, batchMillis);
    }
  }

  /** An image that came, and what became of it. */
  static final class Arrival {
    private final Image image;
    private final long atNanos; // since the beginning
    private @Nullable Failure refusal;
    private boolean answered; // with an output, or told that it is unreadable
    private long endNanos; // since the beginning

    private Arrival(Image image, long atNanos) {
      this.image = image;
      this.atNanos = atNanos;
    }

    Image image() {
      return image;
    }

    long atNanos() {
      return atNanos;
    }

    /** Whether it was taken and not turned away later. */
    boolean isAccepted() {
      return refusal == null;
    }

    boolean isInTime(Duration deadline) {
      return answered && endNanos - atNanos <= deadline.toNanos();
    }

    long responseNanos() {
      return endNanos - atNanos;
    }
  }

  /** What a thread is at. */
  private static final class Work {
    private final Runnable onDone;
    private double leftNanos; // of processor time

    private Work(double leftNanos, Runnable onDone) {
      this.leftNanos = leftNanos;
      this.onDone = onDone;
    }
  }

  /** Wraps around while the simulation runs. */
  private static final long START = Long.MAX_VALUE - 5;

  private final Machine machine;
  private final Duration deadline;
  private final AtomicLong now = new AtomicLong(START);
  private final DecodeQueue decodeQueue;
  private final SimulatedWorkers workers;
  private final BatchQueue<String, String> queue;
  private final List<Work> running = new ArrayList<>();
  private int decoding; // threads
  private int computing; // workers

  PipelineSimulation(Machine machine, Duration deadline) {
    this.machine = machine;
    this.deadline = deadline;
    this.decodeQueue = new DecodeQueue(machine.queueCapacity, machine.decodeThreads, now::get);
    this.workers =
        new SimulatedWorkers(
            machine.workers, now::get, size -> 1e6 * machine.batchMillis.applyAsDouble(size));
    this.queue =
        workers.open(
            BatchSettings.of(BatchSizes.upTo(machine.maxBatch))
                .withConcurrency(machine.workers)
                .withQueueCapacity(machine.queueCapacity));
    for (int size = 1; size <= machine.maxBatch; size++) { // as at warm-up
      long nanos = (long) (1e6 * machine.batchMillis.applyAsDouble(size));
      queue.recordServiceTime(size, Duration.ofNanos(nanos));
    }
  }

  /**
   * Readable images a second that the processors can answer of a mix.
   *
   * @param mix each as likely as the others
   */
  static double capacity(Machine machine, List<Image> mix) {
    double computeMillis = machine.batchMillis.applyAsDouble(machine.maxBatch) / machine.maxBatch;
    double millis = 0;
    double readable = 0;
    for (Image image : mix) {
      millis += image.decodeMillis + (image.readable ? computeMillis : 0);
      readable += image.readable ? 1 : 0;
    }
    return machine.processors * 1000.0 * readable / millis;
  }

  /**
   * Images that come at random, independently of each other.
   *
   * @param mix each as likely as the others
   * @param rates images a second, in the first second, in the next, and so on
   */
  static List<Arrival> poisson(List<Image> mix, double[] rates, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Arrival> arrivals = new ArrayList<>();
    for (int second = 0; second < rates.length; second++) {
      double at = second + gap(random, rates[second]);
      while (at < second + 1) { // what lies beyond is drawn anew: such arrivals have no memory
        arrivals.add(new Arrival(mix.get(random.nextInt(mix.size())), (long) (at * 1e9)));
        at += gap(random, rates[second]);
      }
    }
    return arrivals;
  }

  private static double gap(SplittableRandom random, double rate) {
    return -Math.log(1 - random.nextDouble()) / rate;
  }

  /** Lets images come, in their order, and runs until nothing is left to do. */
  void run(List<Arrival> arrivals) {
    int next = 0;
    while (next < arrivals.size() || !running.isEmpty()) {
      double rate = Math.min(1, (double) machine.processors / Math.max(1, running.size()));
      Work first = first();
      double untilDone = first == null ? Double.POSITIVE_INFINITY : first.leftNanos / rate;
      double untilArrival =
          next == arrivals.size()
              ? Double.POSITIVE_INFINITY
              : arrivals.get(next).atNanos - elapsedNanos();
      long step = (long) Math.ceil(Math.max(0, Math.min(untilDone, untilArrival)));
      now.addAndGet(step);
      running.forEach(work -> work.leftNanos -= step * rate);
      if (untilArrival <= untilDone) {
        Arrival arrival = arrivals.get(next++);
        Deadline until = new Deadline(now.get(), deadline);
        running.add(new Work(1e6 * machine.requestMillis, () -> offer(arrival, until)));
      } else if (first != null) {
        running.remove(first);
        first.onDone.run();
      }
      startDecoding();
      startComputing(null);
    }
  }

  private long elapsedNanos() {
    return now.get() - START;
  }

  private @Nullable Work first() {
    Work first = null;
    for (Work work : running) {
      if (first == null || work.leftNanos < first.leftNanos) {
        first = work;
      }
    }
    return first;
  }

  private void offer(Arrival arrival, Deadline until) {
    arrival.refusal = decodeQueue.offer(new Decoding(arrival, until));
    arrival.endNanos = elapsedNanos();
  }

  private void startDecoding() {
    while (decoding < machine.decodeThreads) {
      DecodeQueue.Running next = decodeQueue.poll();
      if (next == null) {
        return;
      }
      decoding++;
      Decoding task = (Decoding) next.task();
      running.add(
          new Work(
              1e6 * task.arrival.image.decodeMillis,
              () -> {
                task.run();
                decodeQueue.finish(next);
                decoding--;
              }));
    }
  }

  private void startComputing(SimulatedWorkers.@Nullable Running done) {
    SimulatedWorkers.Running next = done == null ? null : workers.poll(done);
    while (next != null || computing < machine.workers) {
      if (next == null) {
        next = workers.poll(null);
      }
      if (next == null) {
        return;
      }
      SimulatedWorkers.Running batch = next;
      computing++;
      running.add(
          new Work(
              batch.workNanos(),
              () -> {
                batch.finish();
                computing--;
                startComputing(batch);
              }));
      next = null;
    }
  }

  /** What {@link PendingImage} does, without a thread that waits. */
  private final class Decoding implements DecodeTask {
    private final Arrival arrival;
    private final QueueBinding<String, String> lane;
    private QueueBinding.@Nullable Entry<String> entry;

    Decoding(Arrival arrival, Deadline until) {
      this.arrival = arrival;
      this.lane = new QueueBinding<>(queue, _ -> "", until, Priority.INTERACTIVE);
    }

    @Override
    public int encodedBytes() {
      return arrival.image.bytes;
    }

    @Override
    public Deadline deadline() {
      return lane.deadline();
    }

    @Override
    public @Nullable Failure admit(long readyNanos, boolean alone) {
      entry = lane.enter(1, readyNanos, alone);
      return entry instanceof QueueBinding.Entry.Closed<String>(var why) ? why : null;
    }

    @Override
    public boolean begin() {
      boolean wanted = lane.deadline().atNanos() - now.get() > 0;
      if (!wanted) {
        tellEnd();
        giveBack();
      }
      return wanted;
    }

    @Override
    public void run() {
      if (!arrival.image.readable) {
        arrival.answered = true;
        arrival.endNanos = elapsedNanos();
        giveBack();
        return;
      }
      if (entry instanceof QueueBinding.Entry.Open<String>(var submit, _, _)) {
        Ticket<String> ticket = submit.apply(NO_PIXELS);
        ticket.onDone(() -> ended(ticket));
      }
      giveBack();
    }

    private void tellEnd() {
      if (entry instanceof QueueBinding.Entry.Open<String>(_, var ended, _)) {
        ended.run();
      }
    }

    private void giveBack() {
      if (entry instanceof QueueBinding.Entry.Open<String>(_, _, var giveBack)) {
        giveBack.run();
      }
    }

    private void ended(Ticket<String> ticket) {
      arrival.endNanos = elapsedNanos();
      switch (result(ticket)) {
        case BatchResult.Completed<String> _ -> {
          arrival.answered = true;
          tellEnd();
        }
        case BatchResult.Expired<String> _ -> tellEnd(); // it was taken, and is too late
        case BatchResult.Rejected<String>(_, var wait) ->
            arrival.refusal = new Failure.Overloaded(Duration.ofNanos(wait));
        default -> {} // it was taken, and is not answered in time
      }
    }

    private static BatchResult<String> result(Ticket<String> ticket) {
      try {
        return ticket.await(); // it is done
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final Pixels NO_PIXELS = new Pixels(1, 1, new byte[3]);
}
