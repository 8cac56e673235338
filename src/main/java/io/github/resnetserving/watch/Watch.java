package io.github.resnetserving.watch;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.NanoClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every stage once a second: says which of them stand still, and ends the process when the
 * last of them, the engine, does not come back from one piece of work. Thread-safe.
 */
public final class Watch implements AutoCloseable {

  /** What the process ends with: an internal error, as sysexits.h has it. */
  public static final int EXIT_CODE = 70;

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /**
   * When what happens.
   *
   * @param stallAfter how long a stage may stand still before it counts as not ready, positive
   * @param exitAfter how long the engine may be at one piece of work before the process ends; zero
   *     for ever
   */
  public record Settings(Duration stallAfter, Duration exitAfter) {}

  private final Settings settings;
  private final NanoClock clock;
  private final IntConsumer exit;
  private final StageWatch decoding;
  private final StageWatch engine;
  private final Set<Long> told = new HashSet<>(); // stuck work of decoding; guarded by this
  private long lastNanos; // of the clock; guarded by this
  private volatile List<String> standing = List.of();
  private volatile @Nullable Thread thread;

  /**
   * Does nothing until {@link #start}.
   *
   * @param engine what ends the process when it does not come back
   * @param exit ends the process at once with a code; {@code Runtime.getRuntime()::halt}, because
   *     an orderly shutdown would wait for the engine
   */
  public Watch(
      Settings settings,
      NanoClock clock,
      WatchedStage decoding,
      WatchedStage engine,
      IntConsumer exit) {
    this.settings = settings;
    this.clock = clock;
    this.exit = exit;
    this.decoding = new StageWatch(decoding);
    this.engine = new StageWatch(engine);
    this.lastNanos = clock.nanoTime();
  }

  /** Looks once a second from now on, on a thread of its own. */
  public void start() {
    Thread looking = Thread.ofPlatform().daemon().name("watch").unstarted(this::run);
    thread = looking;
    looking.start();
  }

  /** Looks no more. */
  @Override
  public void close() {
    Thread looking = thread;
    thread = null;
    LockSupport.unpark(looking);
  }

  /** The names of the stages that stand still though work waits; empty if all is well. */
  public List<String> standing() {
    return standing;
  }

  private void run() {
    while (Thread.currentThread().equals(thread)) {
      try {
        look();
      } catch (RuntimeException e) {
        LOG.error("the stages could not be looked at", e);
      }
      LockSupport.parkNanos(INTERVAL.toNanos());
    }
  }

  /** Looks at every stage now. */
  synchronized void look() {
    long now = clock.nanoTime();
    // A process that was paused has not stood still: it could not be looked at.
    long elapsed = Math.min(now - lastNanos, 2 * INTERVAL.toNanos());
    lastNanos = now;
    List<String> standingNow = new ArrayList<>();
    for (StageWatch watched : List.of(decoding, engine)) {
      watched.look(elapsed);
      if (watched.stands(settings.stallAfter.toNanos())) {
        standingNow.add(watched.stage().name());
      }
    }
    tellChanges(standingNow);
    standing = List.copyOf(standingNow);
    List<Long> stuck = decoding.olderThan(settings.stallAfter.toNanos());
    told.retainAll(stuck);
    for (long number : stuck) {
      if (told.add(number)) {
        LOG.error("an image has been decoded for {} s", settings.stallAfter.toSeconds());
        decoding.stage().onStuck().accept(number);
      }
    }
    long oldest = engine.oldestNanos();
    if (settings.exitAfter.isPositive() && oldest >= settings.exitAfter.toNanos()) {
      LOG.error(
          "the engine has not come back from a batch for {} s: the process ends with exit code {}",
          Duration.ofNanos(oldest).toSeconds(),
          EXIT_CODE);
      exit.accept(EXIT_CODE);
    }
  }

  private void tellChanges(List<String> standingNow) {
    for (String name : standingNow) {
      if (!standing.contains(name)) {
        LOG.error("{} stands still: not ready", name);
      }
    }
    for (String name : standing) {
      if (!standingNow.contains(name)) {
        LOG.info("{} goes on", name);
      }
    }
  }

  /**
   * Threads that are watched.
   *
   * @param name what the log and the readiness call it, such as {@code decoding}
   * @param activity what the threads do; quick, and safe for use by many threads
   * @param excused whether standing still means nothing now, such as while a model is warmed up
   * @param onStuck what to do about a piece of work that has been run for {@link
   *     Watch.Settings#stallAfter()}; is given its number in {@link Activity#running}, once
   */
  public record WatchedStage(
      String name, Supplier<Activity> activity, BooleanSupplier excused, LongConsumer onStuck) {}
}
