package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.inference.DecodeQueue.DecodeTask;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private final DecodePool pool = new DecodePool(1, /* queueCapacity= */ 4, 1, now::get);
  private final Semaphore gate = new Semaphore(0);
  private final List<String> decoded = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    gate.release(100);
    pool.close();
  }

  /** Decodes when the gate lets it, or as said. */
  private final class Task implements DecodeTask {
    private final Runnable action;
    private boolean wanted = true;

    Task(Runnable action) {
      this.action = action;
    }

    Task(String name) {
      this(() -> {
        gate.acquireUninterruptibly();
        decoded.add(name);
      });
    }

    @Override
    public int encodedBytes() {
      return 1;
    }

    @Override
    public Deadline deadline() {
      return new Deadline(now.get(), LIMIT);
    }

    @Override
    public @Nullable Failure admit(long readyNanos, boolean alone) {
      return null;
    }

    @Override
    public boolean begin() {
      return wanted;
    }

    @Override
    public void run() {
      action.run();
    }
  }

  @Test
  void imagesAreDecodedInTheOrderTheyCame() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      assertThat(submit(new Task(name), /* bulk= */ false)).isNull();
    }

    gate.release(3);
    await().until(() -> decoded.size() == 3);
    assertThat(decoded).containsExactly("a", "b", "c");
  }

  @Test
  void bulkImagesWaitUntilTheyHoldUpNoOther() throws Exception {
    assertThat(submit(new Task("bulk1"), /* bulk= */ true)).isNull();
    assertThat(submit(new Task("bulk2"), /* bulk= */ true)).isNull();
    var third = new FutureTask<>(() -> submit(new Task("bulk3"), /* bulk= */ true));
    Thread thread = Thread.ofPlatform().start(third);
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    assertThat(submit(new Task("interactive"), /* bulk= */ false)).isNull();

    gate.release(4);
    assertThat(third.get()).isNull();
    await().until(() -> decoded.size() == 4);

    assertThat(decoded).containsExactly("bulk1", "bulk2", "interactive", "bulk3");
  }

  @Test
  void bulkImagesThatNobodyWantsAnyMoreGiveTheirPlacesBack() throws Exception {
    for (int i = 0; i < 10; i++) {
      Task expired = new Task("never");
      expired.wanted = false;
      assertThat(submit(expired, /* bulk= */ true)).isNull();
    }
    assertThat(decoded).isEmpty();
  }

  @Test
  void aThreadThatAnErrorEndsIsReplaced() throws Exception {
    Task failing =
        new Task(() -> {
          Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> {});
          throw new OutOfMemoryError("a test's");
        });
    assertThat(submit(failing, /* bulk= */ false)).isNull();
    assertThat(submit(new Task("next"), /* bulk= */ false)).isNull();

    gate.release();
    await().until(() -> decoded.equals(List.of("next")));
  }

  @Test
  void aThreadThatDoesNotComeBackIsReplacedAndEndsShouldItComeBackAfterAll() throws Exception {
    assertThat(submit(new Task("stands"), /* bulk= */ false)).isNull();
    await().until(() -> pool.activity().running().equals(List.of(1L)));
    var goesOn = new Semaphore(0);
    assertThat(submit(new Task(goesOn::release), /* bulk= */ false)).isNull();

    assertThat(pool.replace(1)).isTrue();
    goesOn.acquire();
    assertThat(pool.activity().threads()).isEqualTo(1);
    gate.release();
    await().until(() -> decoded.equals(List.of("stands")));
    await().until(() -> pool.replaced() == 0);
    assertThat(pool.activity().threads()).isEqualTo(1);
    assertThat(pool.replace(1)).as("it is over").isFalse();
  }

  @Test
  void withoutASpareThreadThereIsNoneUntilOneComesBack() throws Exception {
    assertThat(submit(new Task("first"), /* bulk= */ false)).isNull();
    await().until(() -> pool.activity().running().equals(List.of(1L)));
    assertThat(pool.replace(1)).isTrue();
    assertThat(submit(new Task("second"), /* bulk= */ false)).isNull();
    await().until(() -> pool.activity().running().equals(List.of(2L)));

    assertThat(pool.replace(2)).isTrue();
    assertThat(pool.activity().threads()).isZero();
    assertThat(submit(new Task("third"), /* bulk= */ false)).isNull();
    gate.release(3);
    await().until(() -> decoded.size() == 3);
    await().until(() -> pool.activity().threads() == 1 && pool.replaced() == 0);
  }

  private @Nullable Failure submit(Task task, boolean bulk) throws InterruptedException {
    return pool.tryExecute(task, new Deadline(now.get(), LIMIT), bulk);
  }
}
