package io.github.resnetserving.cli.bench;

import io.github.resnetserving.capacity.Times.EquallyLikely;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Times the same work again and again, alone and on several threads at the same time. */
final class WorkTimes {

  /** What is timed. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }

  /** However long the work takes, it is timed so often. */
  private static final int LEAST = 5;

  private static final int TURNS = 5;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private WorkTimes() {}

  /** Times by the clock. */
  static EquallyLikely byClock(Work work, Duration time) throws Exception {
    measure(work, time.dividedBy(4)); // compiles, and fills caches
    return EquallyLikely.of(measure(work, time));
  }

  /**
   * Times of work that one thread of this process does, whichever it is: by the clock, less what
   * other programs had of the processor meanwhile.
   */
  static EquallyLikely ofOneThread(Work work, Duration time) throws Exception {
    measure(work, time.dividedBy(4));
    double before = threadMillis();
    double[] millis = measure(work, time);
    double used = threadMillis() - before;
    double share = Math.min(1, used / Arrays.stream(millis).sum());
    return EquallyLikely.of(Arrays.stream(millis).map(each -> each * share).toArray());
  }

  /**
   * How many times as much processor time work of one thread takes when several threads do it at
   * the same time: they share caches and memory, and some processors are two of one core.
   *
   * @param threads at least 1
   */
  static double slowdown(Work work, int threads, Duration time) throws Exception {
    Duration turn = time.dividedBy(2L * TURNS);
    double[] ratios = new double[TURNS];
    for (int i = 0; i < TURNS; i++) {
      ratios[i] = usedTogether(work, threads, turn) / usedTogether(work, 1, turn);
    }
    Arrays.sort(ratios);
    return Math.max(1, ratios[TURNS / 2]);
  }

  /** Processor time of one run, in milliseconds. */
  private static double usedTogether(Work work, int threads, Duration time) throws Exception {
    CountDownLatch start = new CountDownLatch(threads);
    Callable<Integer> each =
        () -> {
          start.countDown();
          start.await();
          return measure(work, time).length;
        };
    double before = threadMillis();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(executor.submit(each));
      }
      int runs = 0;
      for (Future<Integer> result : results) {
        runs += result.get();
      }
      double used = threadMillis() - before; // before the threads end, whose time is lost then
      return used / runs;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Processor time of all threads of Java that there are. */
  private static double threadMillis() {
    double nanos = 0;
    for (long id : THREADS.getAllThreadIds()) {
      nanos += Math.max(0, THREADS.getThreadCpuTime(id)); // -1 for one that has just ended
    }
    return nanos / 1e6;
  }

  /** Milliseconds of each run. */
  private static double[] measure(Work work, Duration time) throws Exception {
    List<Double> millis = new ArrayList<>();
    long start = System.nanoTime();
    long before = start;
    while (millis.size() < LEAST || before - start < time.toNanos()) {
      work.run();
      long after = System.nanoTime();
      millis.add((after - before) / 1e6);
      before = after;
    }
    return millis.stream().mapToDouble(each -> each).toArray();
  }
}
