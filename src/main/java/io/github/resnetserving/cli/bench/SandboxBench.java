package io.github.resnetserving.cli.bench;

import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.sandbox.ImageSandbox;
import io.github.resnetserving.sandbox.ImageSandbox.SandboxMode;
import io.github.resnetserving.sandbox.SandboxListener;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** What it costs to prepare images in helper processes instead of in this one. */
final class SandboxBench implements AutoCloseable {

  private static final int WARM_UP = 200; // calls in which code gets compiled
  private static final int LARGEST_FILE = 64 << 20;
  private static final long ROUND_NANOS = 1_000_000_000;

  /**
   * @param each images a second
   * @param processorMillis processor time for each
   */
  private record Rate(double each, double processorMillis) {}

  private final ImagePipeline here;
  private final int rounds;
  private final PrintWriter out;
  private final int processors = Runtime.getRuntime().availableProcessors();
  private final ImageSandbox helpers;

  SandboxBench(ImagePipeline here, int rounds, PrintWriter out) {
    this.here = here;
    this.rounds = rounds;
    this.out = out;
    this.helpers =
        new ImageSandbox(
            SandboxMode.ALL,
            here,
            DecodePolicy.DEFAULT,
            LARGEST_FILE,
            processors,
            new SandboxListener() {
              @Override
              public void onStarted(long nanos) {
                out.printf(Locale.ROOT, "a helper started in %.0f ms%n", nanos / 1e6);
                out.flush();
              }
            });
  }

  void run(List<Path> images) throws Exception {
    for (Path image : images) {
      byte[] encoded = Files.readAllBytes(image);
      // There is one helper for rare formats.
      int threads = helpers.isRare(encoded) ? 1 : processors;
      for (int i = 0; i < WARM_UP; i++) {
        prepare(here, encoded);
      }
      var _ = rate(helpers, encoded, threads, 4 * ROUND_NANOS);
      double[] ownMillis = new double[rounds];
      double[] helperMillis = new double[rounds];
      double[] ratios = new double[rounds];
      double[] costs = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        ownMillis[i] = millis(here, encoded);
        helperMillis[i] = millis(helpers, encoded);
        Rate own = rate(here, encoded, threads, ROUND_NANOS);
        Rate helper = rate(helpers, encoded, threads, ROUND_NANOS);
        ratios[i] = helper.each() / own.each();
        costs[i] = helper.processorMillis() / own.processorMillis();
      }
      out.printf(
          Locale.ROOT,
          "%s: alone %.2f ms here and %.2f ms by a helper (best of %d: %.2f and %.2f); on %d"
              + " threads %.3f times as many by helpers (quartiles %.3f and %.3f), of %.3f times"
              + " the processor time each (%.3f and %.3f)%n",
          image.getFileName(),
          quantile(ownMillis, 2),
          quantile(helperMillis, 2),
          rounds,
          quantile(ownMillis, 0),
          quantile(helperMillis, 0),
          threads,
          quantile(ratios, 2),
          quantile(ratios, 1),
          quantile(ratios, 3),
          quantile(costs, 2),
          quantile(costs, 1),
          quantile(costs, 3));
      out.flush();
    }
  }

  /** The shortest time of some calls, one after the other. */
  private static double millis(ImagePreparer preparer, byte[] encoded) throws Exception {
    double[] times = new double[20];
    for (int i = 0; i < times.length; i++) {
      long start = System.nanoTime();
      prepare(preparer, encoded);
      times[i] = (System.nanoTime() - start) / 1e6;
    }
    return quantile(times, 0);
  }

  /** Calls that so many threads finish in a time. */
  private static Rate rate(ImagePreparer preparer, byte[] encoded, int threads, long nanos)
      throws Exception {
    long processor = processorNanos();
    long start = System.nanoTime();
    long end = start + nanos;
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        tasks.add(() -> {
          int count = 0;
          while (System.nanoTime() < end) {
            prepare(preparer, encoded);
            count++;
          }
          return count;
        });
      }
      int all = 0;
      for (Future<Integer> count : pool.invokeAll(tasks)) {
        all += count.get();
      }
      return new Rate(
          all / ((System.nanoTime() - start) / 1e9), (processorNanos() - processor) / 1e6 / all);
    }
  }

  /** Of this process and its helpers, whose system counts in steps of 10 ms. */
  private static long processorNanos() {
    return Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().children())
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .mapToLong(Duration::toNanos)
        .sum();
  }

  private static void prepare(ImagePreparer preparer, byte[] encoded) throws Exception {
    var _ =
        preparer.prepare(
            encoded, Preprocessing.TORCHVISION_V1, CropMode.CENTER, PreparationListener.NONE);
  }

  /**
   * @param quarter 0 for the least, to 3
   */
  private static double quantile(double[] values, int quarter) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, sorted.length * quarter / 4)];
  }

  @Override
  public void close() {
    helpers.close();
  }
}
