package io.github.resnetserving.watch;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.watch.Watch.WatchedStage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long one stage has stood still, as far as it was looked at. Time without a look, such as that
 * of a paused process, does not count. Not thread-safe.
 */
final class StageWatch {

  private final WatchedStage stage;
  private Map<Long, Long> ages = new HashMap<>(); // of running work, by number, in nanoseconds
  private long steps = -1; // when it was looked at before
  private long stalledNanos; // how long no thread has got on though there was work
  private boolean withoutThreads;

  StageWatch(WatchedStage stage) {
    this.stage = stage;
  }

  WatchedStage stage() {
    return stage;
  }

  /**
   * Looks again.
   *
   * @param elapsedNanos since the last look
   */
  void look(long elapsedNanos) {
    Activity now = stage.activity().get();
    boolean excused = stage.excused().getAsBoolean();
    boolean stands = now.isPressed() && now.steps() == steps && !excused;
    stalledNanos = stands ? stalledNanos + elapsedNanos : 0;
    withoutThreads = now.threads() == 0;
    Map<Long, Long> older = new HashMap<>();
    for (long number : now.running()) {
      Long age = excused ? null : ages.get(number);
      older.put(number, age == null ? 0 : age + elapsedNanos);
    }
    ages = older;
    steps = now.steps();
  }

  /** Whether the stage cannot be relied on. */
  boolean stands(long limitNanos) {
    return withoutThreads || stalledNanos >= limitNanos;
  }

  /** How long the oldest piece of work has been run; 0 if there is none. */
  long oldestNanos() {
    return ages.values().stream().mapToLong(age -> age).max().orElse(0);
  }

  /** The pieces of work that have been run for so long, by number. */
  List<Long> olderThan(long nanos) {
    List<Long> numbers = new ArrayList<>();
    ages.forEach((number, age) -> {
      if (age >= nanos) {
        numbers.add(number);
      }
    });
    return numbers;
  }
}
