package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.sandbox.HelperPool.HelperStarter;
import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import io.github.resnetserving.sandbox.TimeLimit.TimeBudget;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A pool whose helpers do what tests tell them, and all that it announces. */
final class Helpers implements AutoCloseable, SandboxListener {

  static final long MAX_PIXELS = 1_000_000;

  private static final HelperSettings SETTINGS =
      new HelperSettings(
          new DecodePolicy(MAX_PIXELS, DecodePolicy.DEFAULT.background()),
          /* maxBytes= */ 1 << 20,
          ProcessHandle.current().pid());

  final List<HelperEnd> ends = new CopyOnWriteArrayList<>();
  final AtomicInteger starts = new AtomicInteger();
  final AtomicInteger failedStarts = new AtomicInteger();
  final AtomicInteger replies = new AtomicInteger();
  final HelperPool pool;
  private final Watchdog watchdog = new Watchdog();

  private Helpers(HelperStarter starter, Duration time) {
    TimeBudget budget = new TimeBudget(time, Duration.ZERO);
    pool = new HelperPool(starter, watchdog, budget, MAX_PIXELS, 1, this);
  }

  /**
   * Helpers that run {@link FaultyHelper}.
   *
   * @param time processor time for an image
   */
  static Helpers faulty(Duration time) {
    return new Helpers(
        new HelperLauncher(
            new HelperCommand(FaultyHelper.program(), SETTINGS, /* compiler= */ false), 10),
        time);
  }

  /** Processes of the system's shell that run a script. */
  static Helpers scripted(String script) {
    return new Helpers(
        new HelperStarter() {
          @Override
          public Process start() throws java.io.IOException {
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", script);
            builder.environment().putAll(Map.of("LC_ALL", "C"));
            return builder.start();
          }

          @Override
          public String limit(long pid) {
            return "nothing";
          }

          @Override
          public void close() {}
        },
        Duration.ofSeconds(2));
  }

  PreparedImage prepare(String image) throws ImageException {
    return prepare(image, PreparationListener.NONE);
  }

  PreparedImage prepare(String image, PreparationListener listener) throws ImageException {
    return pool.prepare(
        new Request.Image(
            image.getBytes(StandardCharsets.UTF_8), Preprocessing.CIFAR, CropMode.CENTER),
        listener);
  }

  @Override
  public void onStarted(long nanos) {
    starts.incrementAndGet();
  }

  @Override
  public void onStartFailed() {
    failedStarts.incrementAndGet();
  }

  @Override
  public void onEnded(HelperEnd end) {
    ends.add(end);
  }

  @Override
  public void onReplied() {
    replies.incrementAndGet();
  }

  @Override
  public void close() {
    pool.close();
    watchdog.close();
  }
}
