package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DecodePoolTest {

  private static final Duration LIMIT = Duration.ofMillis(100);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final DecodePool pool = new DecodePool(1, /* queueCapacity= */ 4, now::get);
  private final Semaphore gate = new Semaphore(0);
  private final List<String> decoded = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    gate.release(100);
    pool.close();
  }

  @Test
  void aPictureWhoseDeadlineWouldPassBeforeItIsDecodedIsTurnedAway() throws Exception {
    decodeOne(Duration.ofMillis(40));
    assertThat(submit("runs")).isNull();
    await().until(() -> gate.getQueueLength() == 1);
    assertThat(submit("waits")).isNull();

    assertThat(submit("a")).as("one runs, one waits, and its own").isNull();
    assertThat(submit("b")).isEqualTo(new Failure.Overloaded(Duration.ofMillis(120)));
  }

  @Test
  void withNobodyInFrontAPictureIsTakenInAnyCase() throws Exception {
    decodeOne(Duration.ofHours(1));

    assertThat(submit("runs")).isNull();
  }

  @Test
  void aPictureDuringWhichTheProcessStoodStillCountsAsEightPictures() throws Exception {
    decodeOne(Duration.ofMillis(10));
    decodeOne(Duration.ofHours(1)); // the mean becomes 10 + (80 - 10) / 8 ms

    assertThat(submit("runs")).isNull();
    await().until(() -> gate.getQueueLength() == 1);
    assertThat(submit("waits")).isNull();
    assertThat(submit("waits")).isNull();
    assertThat(submit("waits")).isNull();
    assertThat(submit("waits")).as("four are in front").isNull();
    assertThat(submit("a")).isEqualTo(new Failure.Overloaded(Duration.ofNanos(93_750_000)));
  }

  @Test
  void aFullPoolTellsHowLongItNeeds() throws Exception {
    decodeOne(Duration.ofMillis(1));
    for (int i = 0; i < 5; i++) {
      assertThat(submit("one runs and four wait")).isNull();
      await().until(() -> gate.getQueueLength() == 1);
    }

    assertThat(submit("a")).isEqualTo(new Failure.Overloaded(Duration.ofMillis(5)));
  }

  @Test
  void bulkPicturesWaitUntilTheyHoldUpNobody() throws Exception {
    assertThat(pool.tryExecute(task("bulk1"), deadline(), /* bulk= */ true)).isNull();
    assertThat(pool.tryExecute(task("bulk2"), deadline(), /* bulk= */ true)).isNull();
    var third =
        new FutureTask<>(() -> pool.tryExecute(task("bulk3"), deadline(), /* bulk= */ true));
    Thread thread = Thread.ofPlatform().start(third);
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    var done = new CountDownLatch(1);
    assertThat(submit("interactive")).isNull();

    gate.release(4);
    assertThat(third.get()).isNull();
    assertThat(pool.tryExecute(done::countDown, deadline(), /* bulk= */ false)).isNull();
    done.await();

    assertThat(decoded).containsExactly("bulk1", "bulk2", "interactive", "bulk3");
  }

  private void decodeOne(Duration time) throws InterruptedException {
    var done = new CountDownLatch(1);
    Runnable task =
        () -> {
          now.addAndGet(time.toNanos());
          done.countDown();
        };
    long before = pool.meanNanos();
    assertThat(pool.tryExecute(task, deadline(), /* bulk= */ false)).isNull();
    done.await();
    await().until(() -> pool.meanNanos() != before);
  }

  private @Nullable Failure submit(String name) throws InterruptedException {
    return pool.tryExecute(task(name), deadline(), /* bulk= */ false);
  }

  private Runnable task(String name) {
    return () -> {
      gate.acquireUninterruptibly();
      decoded.add(name);
    };
  }

  private Deadline deadline() {
    return new Deadline(now.get(), LIMIT);
  }
}
