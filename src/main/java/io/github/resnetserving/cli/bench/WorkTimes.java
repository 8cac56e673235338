package io.github.resnetserving.cli.bench;

import io.github.resnetserving.capacity.Times.EquallyLikely;
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
import java.util.stream.DoubleStream;

/** Times the same work again and again, alone and on several threads at the same time. */
final class WorkTimes {

  /** What is timed. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }

  /** However long the work takes, it is timed so often. */
  private static final int LEAST = 5;

  private WorkTimes() {}

  /** Times of one thread. */
  static EquallyLikely alone(Work work, Duration time) throws Exception {
    measure(work, time.dividedBy(4)); // compiles, and fills caches
    return EquallyLikely.of(measure(work, time));
  }

  /**
   * How many times as long the work takes when several threads do it, by medians of turns.
   *
   * @param threads at least 1
   */
  static double slowdown(Work work, int threads, Duration time) throws Exception {
    int turns = 5;
    Duration turn = time.dividedBy(2L * turns);
    double[] ratios = new double[turns];
    for (int i = 0; i < turns; i++) {
      ratios[i] = median(together(work, threads, turn)) / median(measure(work, turn));
    }
    return Math.max(1, median(ratios));
  }

  private static double[] together(Work work, int threads, Duration time) throws Exception {
    CountDownLatch start = new CountDownLatch(threads);
    Callable<double[]> each =
        () -> {
          start.countDown();
          start.await();
          return measure(work, time);
        };
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<double[]>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(executor.submit(each));
      }
      DoubleStream all = DoubleStream.empty();
      for (Future<double[]> result : results) {
        all = DoubleStream.concat(all, Arrays.stream(result.get()));
      }
      return all.toArray();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
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

  private static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
