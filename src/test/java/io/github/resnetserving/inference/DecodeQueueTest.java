package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.inference.DecodeQueue.DecodeTask;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a decode queue expects, without threads and at several times, some before a wraparound. */
@ParameterizedClass
@MethodSource("starts")
class DecodeQueueTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int KIB = 1024;

  private final AtomicLong now;
  private final DecodeQueue queue;

  DecodeQueueTest(long start) {
    now = new AtomicLong(start);
    queue = new DecodeQueue(/* capacity= */ 4, /* threads= */ 1, now::get);
  }

  static LongStream starts() {
    return LongStream.of(Long.MAX_VALUE - 5, 0, ThreadLocalRandom.current().nextLong());
  }

  /** Remembers what it was asked. */
  private final class Task implements DecodeTask {
    private final int bytes;
    private final Deadline deadline;
    private long readyNanos = -1;
    private boolean alone;
    private boolean wanted = true;
    private @Nullable Failure refusal;

    Task(int bytes, Duration limit) {
      this.bytes = bytes;
      this.deadline = new Deadline(now.get(), limit);
    }

    @Override
    public int encodedBytes() {
      return bytes;
    }

    @Override
    public Deadline deadline() {
      return deadline;
    }

    @Override
    public @Nullable Failure admit(long afterNanos, boolean nothingInFront) {
      readyNanos = afterNanos;
      alone = nothingInFront;
      return refusal;
    }

    @Override
    public boolean begin() {
      return wanted;
    }

    @Override
    public void run() {}
  }

  @Test
  void nothingIsExpectedBeforeTheFirstImageIsMeasured() {
    assertThat(readyNanos(60 * KIB)).isZero();
  }

  @Test
  void anImageIsExpectedToTakeAsLongAsTheLastOnesOfItsSize() {
    decode(600 * KIB, Duration.ofMillis(12));
    decode(60 * KIB, Duration.ofMillis(2));

    Task large = offered(600 * KIB);
    assertThat(large.readyNanos).isEqualTo(millis(12));
    assertThat(large.alone).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "2, 40", // half a size counts as the size below, half as much
    "4, 80",
    "8, 160",
    "64, 1280",
    "1024, 20480"
  })
  void aSizeThatWasNeverMeasuredTakesAsLongAsASmallerOneForItsBytes(int kib, long expectedMicros) {
    decode(KIB, Duration.ofNanos(20_000));

    assertThat(readyNanos(kib * KIB)).isEqualTo(expectedMicros * 1000);
  }

  @Test
  void whatWaitsAndWhatIsBeingDecodedComesFirst() {
    decode(600 * KIB, Duration.ofMillis(12));
    decode(60 * KIB, Duration.ofMillis(2));
    assertThat(queue.offer(task(600 * KIB))).isNull();
    var _ = queue.poll();
    now.addAndGet(millis(5));
    assertThat(queue.offer(task(60 * KIB))).isNull();
    assertThat(queue.offer(task(600 * KIB))).isNull();

    Task last = offered(600 * KIB);
    assertThat(last.readyNanos).as("7 of the first, 2, 12, and its own").isEqualTo(millis(33));
    assertThat(last.alone).isFalse();
  }

  @Test
  void anImageCountsAsMuchAsTheSlowestOfLateSoThatFastOnesDoNotShutItOut() {
    decode(600 * KIB, Duration.ofMillis(12));
    decode(60 * KIB, Duration.ofMillis(2));

    assertThat(readyNanos(600 * KIB)).isEqualTo(millis(12));
    assertThat(readyNanos(60 * KIB)).as("a 64th less").isEqualTo(11_812_500);
    for (int i = 0; i < 300; i++) {
      var _ = readyNanos(60 * KIB);
    }
    assertThat(readyNanos(60 * KIB)).as("no such image came for long").isEqualTo(millis(2));
  }

  @Test
  void aVerySlowImageTakesNoMoreThanAnEighthOfWhatOthersHaveLeft() {
    decode(60 * KIB, Duration.ofMillis(2));
    decode(600 * KIB, Duration.ofSeconds(1));
    var _ = readyNanos(600 * KIB);

    Task small = new Task(60 * KIB, Duration.ofMillis(80));
    assertThat(queue.ask(small)).isNull();
    assertThat(small.readyNanos).isEqualTo(millis(10));
  }

  @Test
  void timesThatVaryLeaveAMargin() {
    decode(60 * KIB, Duration.ofMillis(8));
    decode(60 * KIB, Duration.ofMillis(16)); // mean 9 ms, mean deviation 2 ms

    assertThat(readyNanos(60 * KIB)).isEqualTo(millis(17));
  }

  @Test
  void anImageDuringWhichTheProcessStoodStillCountsAsEightImages() {
    decode(60 * KIB, Duration.ofMillis(10));
    decode(60 * KIB, Duration.ofHours(1)); // mean 10 + (80 - 10) / 8, mean deviation 70 / 4

    assertThat(readyNanos(60 * KIB)).isEqualTo(18_750_000 + 4 * 17_500_000L);
  }

  @Test
  void whatIsNotWantedAnyMoreIsPassedOverAndNotMeasured() {
    decode(60 * KIB, Duration.ofMillis(10));
    for (int i = 0; i < 3; i++) {
      Task expired = task(60 * KIB);
      expired.wanted = false;
      assertThat(queue.offer(expired)).isNull();
    }
    Task wanted = task(60 * KIB);
    assertThat(queue.offer(wanted)).isNull();

    DecodeQueue.Running next = Objects.requireNonNull(queue.poll());
    assertThat(next.task()).isSameAs(wanted);
    now.addAndGet(millis(10));
    assertThat(queue.finish(next)).isTrue();
    assertThat(queue.poll()).isNull();
    assertThat(readyNanos(60 * KIB)).as("the mean did not change").isEqualTo(millis(10));
  }

  @Test
  void aTaskThatIsRefusedIsNotTaken() {
    Task task = task(60 * KIB);
    task.refusal = new Failure.Overloaded(Duration.ofMillis(5));

    assertThat(queue.offer(task)).isEqualTo(task.refusal);
    assertThat(queue.poll()).isNull();
  }

  @Test
  void aFullQueueTellsHowLongItNeedsAndAsksNobody() {
    decode(60 * KIB, Duration.ofMillis(1));
    for (int i = 0; i < 5; i++) {
      assertThat(queue.offer(task(60 * KIB))).as("one for the thread and four wait").isNull();
    }

    Task task = task(60 * KIB);
    assertThat(queue.offer(task)).isEqualTo(new Failure.Overloaded(Duration.ofMillis(6)));
    assertThat(task.readyNanos).isEqualTo(-1);
  }

  @Test
  void askingTakesNoPlace() {
    for (int i = 0; i < 10; i++) {
      assertThat(queue.ask(task(60 * KIB))).isNull();
    }

    assertThat(queue.poll()).isNull();
  }

  @Test
  void activityTellsWhatIsRunningAndHowFarItHasCome() {
    assertThat(queue.offer(task(KIB))).isNull();
    assertThat(queue.offer(task(KIB))).isNull();
    DecodeQueue.Running first = Objects.requireNonNull(queue.poll());

    assertThat(queue.activity().running()).isEqualTo(List.of(first.number()));
    assertThat(queue.activity().steps()).isEqualTo(1);
    assertThat(queue.activity().waiting()).isEqualTo(1);
    assertThat(queue.finish(first)).isTrue();
    assertThat(queue.activity().running()).isEmpty();
    assertThat(queue.activity().steps()).isEqualTo(2);
  }

  @Test
  void anImageWhoseThreadIsGivenUpIsNotCounted() {
    assertThat(queue.offer(task(KIB))).isNull();
    DecodeQueue.Running first = Objects.requireNonNull(queue.poll());

    assertThat(queue.abandon(first.number())).isTrue();
    assertThat(queue.abandon(first.number())).as("it was already").isFalse();
    assertThat(queue.activity().threads()).isZero();
    assertThat(queue.finish(first)).as("its thread is not counted").isFalse();
    assertThat(queue.rejoin(1)).isTrue();
    assertThat(queue.rejoin(1)).as("there is one already").isFalse();
  }

  private void decode(int bytes, Duration time) {
    assertThat(queue.offer(task(bytes))).isNull();
    DecodeQueue.Running running = Objects.requireNonNull(queue.poll());
    now.addAndGet(time.toNanos());
    assertThat(queue.finish(running)).isTrue();
  }

  private long readyNanos(int bytes) {
    Task task = task(bytes);
    assertThat(queue.ask(task)).isNull();
    return task.readyNanos;
  }

  private Task offered(int bytes) {
    Task task = task(bytes);
    assertThat(queue.offer(task)).isNull();
    return task;
  }

  private Task task(int bytes) {
    return new Task(bytes, LIMIT);
  }

  private static long millis(int millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
