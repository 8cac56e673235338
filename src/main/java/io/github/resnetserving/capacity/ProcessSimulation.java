package io.github.resnetserving.capacity;

import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.SimulatedWorkers;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.SimulatedPipeline;
import io.github.resnetserving.inference.SimulatedPipeline.End;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One process of the service, event by event: its own queues, batches and admission, on simulated
 * processors and a clock of their own. The same model, loads and seed always end the same. Not
 * thread-safe; one simulation is one run.
 *
 * <p>Threads that have work share the processors evenly, and are slower by a measured factor while
 * all of them are busy. Threads that compute a batch together wait for the slowest of them.
 * Requests are read and answered by as many threads as there are processors, as virtual threads
 * are.
 */
public final class ProcessSimulation {

  /** Batches of each size that the measured times at the start are the mean of. */
  private static final int WARM_UP = 20;

  /** Wraps around while the simulation runs, as clocks may. */
  private static final long START = Long.MAX_VALUE - 5;

  /** What threads are at. */
  private static final class Work {
    private final int threads;
    private final double slowdown;
    private final Runnable onDone;
    private double leftNanos; // of each thread, on a machine that does nothing else

    private Work(double millis, int threads, double slowdown, Runnable onDone) {
      this.leftNanos = 1e6 * millis;
      this.threads = threads;
      this.slowdown = slowdown;
      this.onDone = onDone;
    }
  }

  private final ProcessModel model;
  private final SplittableRandom random;
  private final AtomicLong now = new AtomicLong(START);
  private final SimulatedPipeline pipeline;
  private final Queue<SimulatedRequest> coming =
      new ArrayDeque<>(); // in the order in which they come
  private final List<SimulatedRequest> arrivals = new ArrayList<>();
  private final List<Work> running = new ArrayList<>();
  private final Queue<Work> requests = new ArrayDeque<>(); // that wait for a thread
  private int requesting; // threads
  private int decoding; // threads
  private int computing; // workers
  private int toCome; // in a closed loop, besides those that are coming
  private double busyNanos; // of all processors, while requests come
  private double comingNanos; // for how long requests have come
  private long batches;
  private long batched; // images

  public ProcessSimulation(ProcessModel model, long seed) {
    this.model = model;
    this.random = new SplittableRandom(seed);
    this.pipeline =
        new SimulatedPipeline(
            model.decodeThreads(),
            model.workers(),
            BatchSettings.of(BatchSizes.upTo(model.maxBatch()))
                .withQueueCapacity(model.queueCapacity()),
            model.spread() != null,
            now::get);
    for (int size = 1; size <= model.maxBatch(); size++) { // as at the server's start
      double millis = 0;
      for (int i = 0; i < WARM_UP; i++) {
        millis += model.batch().apply(size).draw(random) / WARM_UP;
      }
      pipeline.measured(size, Duration.ofNanos((long) (1e6 * millis)));
    }
  }

  /**
   * Requests that come at random, independently of each other (Poisson).
   *
   * @param rates requests a second, in the first second, in the next, and so on
   */
  public List<SimulatedRequest> open(double... rates) {
    for (int second = 0; second < rates.length; second++) {
      double at = second + gap(rates[second]);
      while (at < second + 1) { // what lies beyond is drawn anew: such arrivals have no memory
        come(at * 1e9);
        at += gap(rates[second]);
      }
    }
    return run();
  }

  /**
   * So many requests that come at random, independently of each other (Poisson).
   *
   * @param rate requests a second
   */
  public List<SimulatedRequest> open(double rate, int count) {
    double at = 0;
    for (int i = 0; i < count; i++) {
      at += gap(rate);
      come(at * 1e9);
    }
    return run();
  }

  /**
   * So many requests, of which each comes when one of those before has its answer.
   *
   * @param connections requests at a time
   */
  public List<SimulatedRequest> closed(int connections, int count) {
    toCome = Math.max(0, count - connections);
    for (int i = 0; i < Math.min(connections, count); i++) {
      come(0);
    }
    return run();
  }

  /** The share of the time in which the processors were busy, until the last request came. */
  public double utilisation() {
    return comingNanos == 0 ? 0 : busyNanos / comingNanos / model.processors();
  }

  /** Images a batch, on average. */
  public double meanBatch() {
    return batches == 0 ? 0 : (double) batched / batches;
  }

  private double gap(double rate) {
    return -Math.log(1 - random.nextDouble()) / rate;
  }

  private void come(double atNanos) {
    ProcessModel.Image image = model.images().get(random.nextInt(model.images().size()));
    long at = (long) atNanos;
    SimulatedRequest arrival =
        new SimulatedRequest(image, at, new Deadline(START + at, model.deadline()), this::answer);
    coming.add(arrival);
    arrivals.add(arrival);
  }

  /** Runs until nothing is left to do. */
  private List<SimulatedRequest> run() {
    while (!coming.isEmpty() || !running.isEmpty()) {
      int threads = running.stream().mapToInt(work -> work.threads).sum();
      Work first = null;
      double untilDone = Double.POSITIVE_INFINITY;
      for (Work work : running) {
        double nanos = work.leftNanos / speed(work, threads);
        if (nanos < untilDone) {
          first = work;
          untilDone = nanos;
        }
      }
      SimulatedRequest next = coming.peek();
      double untilArrival =
          next == null ? Double.POSITIVE_INFINITY : next.atNanos() - elapsedNanos();
      long step = (long) Math.ceil(Math.max(0, Math.min(untilDone, untilArrival)));
      pass(step, threads);
      if (next != null && untilArrival <= untilDone) {
        coming.remove();
        request(model.request().refusal(), () -> arrived(next));
      } else if (first != null) {
        running.remove(first);
        first.onDone.run();
      }
      startRequests();
      startDecoding();
      startComputing(null);
    }
    return List.copyOf(arrivals);
  }

  private void pass(long nanos, int threads) {
    if (toCome > 0 || !coming.isEmpty()) {
      comingNanos += nanos;
      busyNanos += (double) nanos * Math.min(threads, model.processors());
    }
    now.addAndGet(nanos);
    running.forEach(work -> work.leftNanos -= nanos * speed(work, threads));
  }

  /** How fast work goes, of which each thread shares the processors with all others. */
  private double speed(Work work, int threads) {
    int processors = model.processors();
    double share =
        work.threads == 1
            ? Math.min(1, (double) processors / threads)
            : 1.0 / Math.ceilDiv(threads, processors); // of its thread with most company
    double busy = Math.min(threads, processors) - 1;
    return share / (1 + (work.slowdown - 1) * (processors == 1 ? 0 : busy / (processors - 1)));
  }

  private long elapsedNanos() {
    return now.get() - START;
  }

  /** A step of a request by one of the threads that requests have. */
  private void request(double millis, Runnable then) {
    requests.add(
        new Work(
            millis,
            1,
            1,
            () -> {
              requesting--;
              then.run();
            }));
  }

  private void arrived(SimulatedRequest arrival) {
    if (pipeline.sheds(arrival)) {
      arrival.ended(new End.Refused());
    } else {
      double left = model.request().before() - model.request().refusal();
      request(Math.max(0, left), () -> pipeline.offer(arrival));
    }
  }

  /** Its image has come to an end; the response is still to be written. */
  private void answer(SimulatedRequest arrival) {
    long since = now.get();
    boolean answered = arrival.isAnswered();
    request(
        answered ? model.request().after() : 0,
        () -> {
          if (answered) {
            pipeline.written(now.get() - since);
          }
          arrival.written(elapsedNanos() + (long) (1e6 * model.request().waits()));
          if (toCome > 0) {
            toCome--;
            come((double) elapsedNanos());
          }
        });
  }

  private void startRequests() {
    while (requesting < model.processors() && !requests.isEmpty()) {
      requesting++;
      running.add(requests.remove());
    }
  }

  private void startDecoding() {
    while (decoding < model.decodeThreads()) {
      SimulatedPipeline.Decoding next = pipeline.pollDecoding();
      if (next == null) {
        return;
      }
      decoding++;
      double millis = ((SimulatedRequest) next.image()).image().decode().draw(random);
      running.add(
          new Work(
              millis,
              1,
              model.decodeSlowdown(),
              () -> {
                next.finish();
                decoding--;
              }));
    }
  }

  private void startComputing(SimulatedWorkers.@Nullable Running done) {
    SimulatedWorkers.Running next = done == null ? null : pipeline.pollBatch(done);
    while (next != null || computing < model.workers()) {
      if (next == null) {
        next = pipeline.pollBatch(null);
      }
      if (next == null) {
        return;
      }
      computing++;
      running.add(batch(next));
      next = null;
    }
  }

  private Work batch(SimulatedWorkers.Running batch) {
    Runnable onDone =
        () -> {
          batch.finish();
          computing--;
          startComputing(batch);
        };
    int size = batch.size();
    if (size == 0) {
      return new Work(0, 1, 1, onDone);
    }
    batches++;
    batched += size;
    Times spread = model.spread();
    return batch.isSpread() && spread != null
        ? new Work(spread.draw(random), model.workers() * model.threads(), 1, onDone)
        : new Work(
            model.batch().apply(size).draw(random),
            model.threads(),
            model.computeSlowdown(),
            onDone);
  }
}
