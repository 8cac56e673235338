package io.github.resnetserving.batch;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntToLongFunction;
import java.util.stream.Stream;

/**
 * Open-loop load on a real scheduler: jobs come at random, whatever becomes of the ones before.
 * Response times count from when a job was meant to come, so that a sender that was held up hides
 * nothing, and stand beside those of {@link IdealBatcher} on the same arrivals: once with the mean
 * time that batches of each size took under this load, and once with their times one after the
 * other as they were measured, those that the machine held up included. What other programs and the
 * host took of the processors meanwhile is told, for it is in no simulation.
 */
public final class PoissonLoad<I, O> {

  private static final int WARM_UPS = 5;
  private static final long NANOS_A_TICK =
      10_000_000; // Linux shows times in hundredths of a second
  private static final int OPEN = 0;
  private static final int REJECTED = 1;
  private static final int COMPLETED = 2;
  private static final int OTHER = 3;

  private final BatchFunction<I, O> function;
  private final I input;
  private final BatchSettings settings;
  private final Duration deadline;
  private final PrintStream out;
  private final long[] warm; // (sizes,), nanoseconds, median

  /** Measures each batch size. */
  public PoissonLoad(
      BatchFunction<I, O> function,
      I input,
      BatchSettings settings,
      Duration deadline,
      PrintStream out)
      throws Exception {
    this.function = function;
    this.input = input;
    this.settings = settings;
    this.deadline = deadline;
    this.out = out;
    BatchSizes sizes = settings.sizes();
    this.warm = new long[sizes.count()];
    for (int i = 0; i < warm.length; i++) {
      long[] nanos = new long[WARM_UPS];
      for (int run = 0; run < WARM_UPS; run++) {
        long start = System.nanoTime();
        var _ = function.apply(Collections.nCopies(sizes.get(i), input));
        nanos[run] = System.nanoTime() - start;
      }
      warm[i] = IdealBatcher.quantile(nanos, 0.5);
    }
    out.printf(
        Locale.ROOT,
        "sizes %s take %s ms; capacity %.1f/s%n",
        sizes.values(),
        Arrays.toString(Arrays.stream(warm).mapToDouble(n -> Math.rint(n / 1e4) / 100).toArray()),
        new IdealBatcher(sizes, warm).capacity());
    out.printf(
        "%5s %7s %9s %9s %9s %9s %6s %8s %9s %9s %9s %8s %6s %7s%n",
        "load",
        "offered",
        "p50 ms",
        "ideal",
        "p99 ms",
        "ideal",
        "ratio",
        "measured",
        "rejected",
        "in time",
        "goodput",
        "rss MB",
        "more",
        "others");
  }

  /** Sends a part of the capacity for some time and prints what came of it, as one line. */
  public void run(double load, Duration time, long seed) throws InterruptedException {
    double capacity = new IdealBatcher(settings.sizes(), warm).capacity();
    long[] arrivals = arrivals(load * capacity, time, seed);
    int count = arrivals.length;
    AtomicLongArray done = new AtomicLongArray(count);
    AtomicIntegerArray outcomes = new AtomicIntegerArray(count);
    Measured measured = new Measured(settings.sizes());
    long residentBefore = residentKiB();
    long startNanos = System.nanoTime();
    long othersBefore = othersNanos();
    try (BatchScheduler scheduler = new BatchScheduler(1, NanoClock.system())) {
      BatchQueue<I, O> queue = scheduler.open("load", function, settings, measured);
      for (int i = 0; i < warm.length; i++) {
        queue.recordServiceTime(settings.sizes().get(i), Duration.ofNanos(warm[i]));
      }
      long start = System.nanoTime() + 10_000_000;
      for (int i = 0; i < count; i++) {
        long due = start + arrivals[i];
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        int job = i;
        Ticket<O> ticket = queue.submit(input, due + deadline.toNanos());
        ticket.onDone(() -> {
          done.set(job, System.nanoTime() - due);
          outcomes.set(job, outcome(ticket));
        });
      }
    }
    double others =
        (double) (othersNanos() - othersBefore)
            / (System.nanoTime() - startNanos)
            / Runtime.getRuntime().availableProcessors();
    report(load, time, arrivals, done, outcomes, measured, residentBefore, others);
  }

  /** Time that processors have not spent on this process, or idle; 0 where Linux does not tell. */
  private static long othersNanos() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
      String[] ticks = lines.findFirst().orElseThrow().split(" +", -1);
      long busy = 0; // user, nice, system, without idle and waiting, interrupts and what was stolen
      for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
        busy += Long.parseLong(ticks[i]);
      }
      Duration own = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
      return busy * NANOS_A_TICK - own.toNanos();
    } catch (IOException e) {
      return 0;
    }
  }

  /** What the process has in memory; 0 where Linux does not tell. */
  private static long residentKiB() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    } catch (IOException e) {
      return 0;
    }
  }

  private static <O> int outcome(Ticket<O> ticket) {
    try {
      return switch (ticket.await()) { // it is done: nobody waits
        case BatchResult.Rejected<O> _ -> REJECTED;
        case BatchResult.Completed<O> _ -> COMPLETED;
        default -> OTHER;
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return OPEN;
    }
  }

  private static long[] arrivals(double perSecond, Duration time, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] arrivals = new long[(int) (perSecond * time.toMillis() / 1000)];
    double at = 0;
    for (int i = 0; i < arrivals.length; i++) {
      at += -Math.log(1 - random.nextDouble()) / perSecond * 1e9;
      arrivals[i] = (long) at;
    }
    return arrivals;
  }

  private void report(
      double load,
      Duration time,
      long[] arrivals,
      AtomicLongArray done,
      AtomicIntegerArray outcomes,
      Measured measured,
      long residentBefore,
      double others) {
    int accepted = 0;
    int inTime = 0;
    long[] responses = new long[arrivals.length];
    for (int i = 0; i < arrivals.length; i++) {
      if (outcomes.get(i) != REJECTED) {
        responses[accepted++] = done.get(i);
        if (outcomes.get(i) == COMPLETED && done.get(i) <= deadline.toNanos()) {
          inTime++;
        }
      }
    }
    responses = Arrays.copyOf(responses, accepted);
    IdealBatcher ideal = new IdealBatcher(settings.sizes(), measured.means(warm));
    long[] best = ideal.responseNanos(arrivals);
    long[] bestAsMeasured = ideal.responseNanos(measured.inTurn(warm), arrivals);
    long resident = residentKiB();
    double p99 = IdealBatcher.quantile(responses, 0.99) / 1e6;
    double bestP99 = IdealBatcher.quantile(best, 0.99) / 1e6;
    double lastArrival = Math.max(time.toMillis() / 1e3, arrivals[arrivals.length - 1] / 1e9);
    out.printf(
        Locale.ROOT,
        "%5.2f %7d %9.2f %9.2f %9.2f %9.2f %6.2f %8.2f %8.2f%% %8.2f%% %9.2f %8.1f %6.1f %6.1f%%%n",
        load,
        arrivals.length,
        IdealBatcher.quantile(responses, 0.5) / 1e6,
        IdealBatcher.quantile(best, 0.5) / 1e6,
        p99,
        bestP99,
        p99 / bestP99,
        p99 / (IdealBatcher.quantile(bestAsMeasured, 0.99) / 1e6),
        100.0 * (arrivals.length - accepted) / arrivals.length,
        100.0 * inTime / Math.max(1, accepted),
        inTime / lastArrival / ideal.capacity(),
        resident / 1024.0,
        (resident - residentBefore) / 1024.0,
        100 * others);
    out.flush();
  }

  /** The times of each batch size under load. Written by one worker, read after it ended. */
  private static final class Measured implements BatchListener {

    private final BatchSizes sizes;
    private final List<List<Long>> times = new ArrayList<>(); // by index of the size

    Measured(BatchSizes sizes) {
      this.sizes = sizes;
      for (int i = 0; i < sizes.count(); i++) {
        times.add(new ArrayList<>());
      }
    }

    @Override
    public synchronized void onBatchCompleted(int size, long runNanos) {
      times.get(sizes.indexWithin(size)).add(runNanos);
    }

    /** Of a size that did not run: the time that it took before. */
    synchronized long[] means(long[] before) {
      long[] means = before.clone();
      for (int i = 0; i < means.length; i++) {
        List<Long> of = times.get(i);
        if (!of.isEmpty()) {
          means[i] = of.stream().mapToLong(n -> n).sum() / of.size();
        }
      }
      return means;
    }

    /** The times of each size as they came, and from the first again after the last. */
    synchronized IntToLongFunction inTurn(long[] before) {
      int[] next = new int[before.length];
      return i -> {
        List<Long> of = times.get(i);
        return of.isEmpty() ? before[i] : of.get(next[i]++ % of.size());
      };
    }
  }
}
