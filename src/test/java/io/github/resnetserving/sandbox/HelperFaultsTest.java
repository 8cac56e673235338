package io.github.resnetserving.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a decoder does, its image is refused and the next one is prepared. */
@Timeout(120)
class HelperFaultsTest {

  private static final Helpers HELPERS = Helpers.faulty(Duration.ofSeconds(2));

  @BeforeAll
  static void start() throws Exception {
    HELPERS.prepare("good");
  }

  @AfterAll
  static void close() {
    HELPERS.close();
  }

  @BeforeEach
  void forget() {
    HELPERS.ends.clear();
  }

  @ParameterizedTest
  @CsvSource({
    "loop, TIME",
    "allocate, MEMORY",
    "array, MEMORY",
    "native, MEMORY",
    "exit, CRASH",
    "halt 0, CRASH",
    "halt 1, CRASH",
    "halt 137, CRASH",
    "recurse, CRASH",
    "throw, CRASH",
    "segfault, CRASH",
    "raw x, PROTOCOL",
    "raw HTTP/1.1 200 OK, PROTOCOL",
    "size 5000000, PROTOCOL",
    "size 9223372036854775807, PROTOCOL",
    "sizes, PROTOCOL"
  })
  void anImageWhoseDecoderFailsIsTooCostlyAndTheNextIsPrepared(String fault, HelperEnd end)
      throws Exception {
    Throwable refusal = catchThrowable(() -> HELPERS.prepare(fault));

    assertThat(refusal).isInstanceOf(ImageException.TooCostly.class);
    assertThat(HELPERS.ends).containsExactly(end);
    assertThat(refusal)
        .hasMessageEndingWith(" Convert it to JPEG or PNG with an image editor and send that.");
    assertThat(HELPERS.prepare("good").info().format()).isEqualTo("good");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "stand", "raw cc", "raw f", "raw s", "loop"})
  void aHelperThatDoesNotGoOnIsKilled(String fault) throws Exception {
    HELPERS.prepare("good");
    try (Helpers hurried = Helpers.faulty(Duration.ofMillis(100))) {
      assertThatThrownBy(() -> hurried.prepare(fault)).isInstanceOf(ImageException.TooCostly.class);

      assertThat(hurried.ends).containsExactly(HelperEnd.TIME);
      assertThat(hurried.pool.size()).isZero();
      assertThat(helpers()).hasSize(1); // the other tests'
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 11, 6, 4, 7}) // KILL, SEGV, ABRT, ILL, BUS
  void aHelperThatIsKilledInTheMiddleIsReplaced(int signal) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    var refusal =
        CompletableFuture.supplyAsync(
            () -> catchThrowable(() -> HELPERS.prepare("stand", whenDecoded(begun::countDown))));
    begun.await();

    new ProcessBuilder("kill", "-" + signal, String.valueOf(helper().pid())).start().waitFor();

    assertThat(refusal.get())
        .isInstanceOf(ImageException.TooCostly.class)
        .hasMessageStartingWith("The image's decoder ended without a result.");
    assertThat(HELPERS.ends).containsExactly(HelperEnd.CRASH);
    assertThat(HELPERS.prepare("good").info().format()).isEqualTo("good");
  }

  @Test
  void aHelperThatIsKilledWhileItIsIdleIsNotMissed() throws Exception {
    HELPERS.prepare("good");
    ProcessHandle helper = helper();
    helper.destroyForcibly();
    await().until(() -> !helper.isAlive());

    assertThat(HELPERS.prepare("good").info().format()).isEqualTo("good");
    assertThat(HELPERS.ends).isEmpty();
  }

  /** Ctrl-C and systemd send them to helpers, too: the service is to answer what it has. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15}) // HUP, INT, TERM
  void signalsThatStopTheServiceDoNotStopTheHelper(int signal) throws Exception {
    HELPERS.prepare("good");
    int starts = HELPERS.starts.get();

    new ProcessBuilder("kill", "-" + signal, String.valueOf(helper().pid())).start().waitFor();

    assertThat(HELPERS.prepare("good").info().format()).isEqualTo("good");
    assertThat(HELPERS.starts).hasValue(starts);
  }

  @Test
  void anImageWhoseDeadlinePassesIsCancelledAndNotTooCostly() throws Exception {
    PreparationListener hurried =
        new PreparationListener() {
          @Override
          public long remainingNanos() {
            return 1;
          }
        };
    HELPERS.prepare("good");

    assertThatThrownBy(() -> HELPERS.prepare("stand", hurried))
        .isInstanceOf(CancellationException.class);
    assertThat(HELPERS.ends).containsExactly(HelperEnd.DEADLINE);
    assertThat(HELPERS.prepare("good").info().format()).isEqualTo("good");
  }

  @Test
  void whatADecoderPrintsIsNoReply() throws Exception {
    assertThat(HELPERS.prepare("print").info().format()).isEqualTo("good");
  }

  @Test
  void anImageThatFindsNoRoomIsGivenUpAndTheHelperStays() throws Exception {
    HELPERS.prepare("good");
    int starts = HELPERS.starts.get();
    PreparationListener full =
        new PreparationListener() {
          @Override
          public void onSize(long pixels) {
            assertThat(pixels).isEqualTo(1000);
            throw new CancellationException("full");
          }
        };

    assertThatThrownBy(() -> HELPERS.prepare("size 1000", full))
        .isInstanceOf(CancellationException.class);
    assertThat(HELPERS.prepare("size 1000").info().format()).isEqualTo("good");
    assertThat(HELPERS.starts).hasValue(starts);
    assertThat(HELPERS.ends).isEmpty();
  }

  @Test
  void closingThePoolEndsItsHelperAndTheImageThatItHas() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    Helpers closing = Helpers.faulty(Duration.ofSeconds(2));
    var refusal =
        CompletableFuture.supplyAsync(
            () -> catchThrowable(() -> closing.prepare("stand", whenDecoded(begun::countDown))));
    begun.await();

    closing.close();

    assertThat(refusal.get()).isInstanceOf(ImageException.TooCostly.class);
    assertThat(closing.pool.size()).isZero();
  }

  static PreparationListener whenDecoded(Runnable action) {
    return new PreparationListener() {
      @Override
      public void onDecoded() {
        action.run();
      }
    };
  }

  private static ProcessHandle helper() {
    return helpers().getFirst();
  }

  private static List<ProcessHandle> helpers() {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains("FaultyHelper"))
        .filter(ProcessHandle::isAlive)
        .toList();
  }
}
