package io.github.resnetserving.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.watch.Watch.Settings;
import io.github.resnetserving.watch.Watch.WatchedStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Looks every second of a clock that a test moves, at several times, some before a wraparound. */
@ParameterizedClass
@MethodSource("starts")
class WatchTest {

  private static final Activity IDLE = new Activity(0, 2, 0, List.of());

  private long now;
  private Activity decoding = IDLE;
  private Activity engine = IDLE;
  private boolean excused;
  private final List<Long> stuck = new ArrayList<>();
  private final List<Integer> exits = new ArrayList<>();

  WatchTest(long start) {
    now = start;
  }

  static LongStream starts() {
    return LongStream.of(Long.MAX_VALUE - 5, 0, ThreadLocalRandom.current().nextLong());
  }

  @Test
  void whatHasNothingToDoDoesNotStand() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ofSeconds(60));

    look(watch, 100);

    assertThat(watch.standing()).isEmpty();
    assertThat(exits).isEmpty();
  }

  @Test
  void aStageWhoseThreadsAreAllAtTheSameWorkStands() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    decoding = new Activity(2, 2, 0, List.of(1L, 2L));

    look(watch, 10);
    assertThat(watch.standing()).as("seen for nine seconds").isEmpty();
    look(watch, 1);
    assertThat(watch.standing()).containsExactly("decoding");
  }

  @Test
  void aStageInWhichWorkWaitsAndNoneIsTakenStands() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    engine = new Activity(3, 2, 1, List.of(2L));

    look(watch, 11);
    assertThat(watch.standing()).containsExactly("engine");
  }

  @Test
  void aStageWithAThreadToSpareDoesNotStand() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    engine = new Activity(3, 2, 0, List.of(2L));

    look(watch, 100);
    assertThat(watch.standing()).isEmpty();
  }

  @Test
  void aStageThatGetsOnHoweverSlowlyDoesNotStand() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    for (long steps = 1; steps < 10; steps++) {
      engine = new Activity(steps, 1, 5, List.of(steps));
      look(watch, 9);
      assertThat(watch.standing()).isEmpty();
    }
  }

  @Test
  void aStageThatGoesOnIsReadyAtOnce() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    engine = new Activity(1, 1, 5, List.of(1L));
    look(watch, 20);
    assertThat(watch.standing()).containsExactly("engine");

    engine = new Activity(3, 1, 4, List.of(2L));
    look(watch, 1);
    assertThat(watch.standing()).isEmpty();
  }

  @Test
  void bothStagesCanStand() {
    Watch watch = watch(Duration.ofSeconds(2), Duration.ZERO);
    decoding = new Activity(1, 1, 0, List.of(1L));
    engine = new Activity(1, 1, 0, List.of(1L));

    look(watch, 3);
    assertThat(watch.standing()).containsExactly("decoding", "engine");
  }

  @Test
  void aStageWithoutAnyThreadStandsAtOnce() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    decoding = new Activity(4, 0, 0, List.of());

    look(watch, 1);
    assertThat(watch.standing()).containsExactly("decoding");
  }

  @Test
  void aProcessThatWasPausedHasNotStood() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ofSeconds(60));
    decoding = new Activity(2, 1, 0, List.of(2L));
    engine = new Activity(2, 1, 0, List.of(2L));
    look(watch, 2);
    now += Duration.ofHours(1).toNanos();

    look(watch, 1);
    assertThat(watch.standing()).isEmpty();
    assertThat(exits).isEmpty();
    assertThat(stuck).isEmpty();
  }

  @Test
  void aThreadThatIsAtOneImageForTooLongIsGivenUpOnceThoughOthersGetOn() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    for (long other = 8; other < 28; other++) {
      decoding = new Activity(2 * other, 2, 1, List.of(7L, other));
      look(watch, 1);
    }

    assertThat(stuck).containsExactly(7L);
    assertThat(watch.standing()).isEmpty();
  }

  @Test
  void anEngineThatDoesNotComeBackEndsTheProcess() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ofSeconds(60));
    for (long other = 8; other < 68; other++) { // though another worker gets on
      engine = new Activity(2 * other, 2, 1, List.of(7L, other));
      look(watch, 1);
    }
    assertThat(exits).as("seen for 59 seconds").isEmpty();

    look(watch, 1);
    assertThat(exits).containsExactly(70);
  }

  @Test
  void withoutALimitTheEngineMayTakeForEver() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ZERO);
    engine = new Activity(1, 1, 0, List.of(1L));

    look(watch, 10_000);
    assertThat(exits).isEmpty();
    assertThat(watch.standing()).containsExactly("engine");
  }

  @Test
  void decodingNeverEndsTheProcess() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ofSeconds(60));
    decoding = new Activity(1, 1, 0, List.of(1L));

    look(watch, 1000);
    assertThat(exits).isEmpty();
  }

  @Test
  void whileModelsArePreparedTheEngineMayStand() {
    Watch watch = watch(Duration.ofSeconds(10), Duration.ofSeconds(60));
    engine = new Activity(1, 1, 3, List.of(1L));
    excused = true;
    look(watch, 1000);
    assertThat(watch.standing()).isEmpty();
    assertThat(exits).isEmpty();

    excused = false;
    look(watch, 9);
    assertThat(watch.standing()).as("from then on its time counts").isEmpty();
    look(watch, 51);
    assertThat(watch.standing()).containsExactly("engine");
    assertThat(exits).containsExactly(70);
  }

  private Watch watch(Duration stallAfter, Duration exitAfter) {
    return new Watch(
        new Settings(stallAfter, exitAfter),
        () -> now,
        new WatchedStage("decoding", () -> decoding, () -> false, stuck::add),
        new WatchedStage("engine", () -> engine, () -> excused, _ -> {}),
        exits::add);
  }

  private void look(Watch watch, int times) {
    for (int i = 0; i < times; i++) {
      now += Duration.ofSeconds(1).toNanos();
      watch.look();
    }
  }
}
