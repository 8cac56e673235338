package io.github.resnetserving.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePreparer.DecoderUnavailableException;
import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a helper may write, by shell scripts in its place. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(120)
class HelperRepliesTest {

  /** That it has started, in version 1, held in by nothing. */
  private static final String STARTED = "printf 's\\0\\0\\0\\2\\0\\7nothing'; ";

  /** Reads the kind of the request, which is the first byte of an image. */
  private static final String REQUEST = "dd bs=1 count=1 of=/dev/null 2>/dev/null; ";

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "exit 0, CRASH",
        "exit 3, MEMORY",
        "exit 134, CRASH",
        "kill -9 $$, CRASH",
        "kill -11 $$, CRASH",
        // half a reply
        "printf p; exit 0, CRASH",
        "printf 'p\\0\\0\\0'; exit 0, CRASH",
        "printf 'f\\0\\12UNREADABLE\\0\\40only'; exit 0, CRASH",
        "printf 'c\\0\\3bmp\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\1\\0\\0\\0\\40'; exit 0, CRASH",
        // no reply
        "printf x; exec sleep 100, PROTOCOL",
        "printf '\\377\\377\\377\\377'; exec sleep 100, PROTOCOL",
        "printf 'f\\0\\3BAD\\0\\0'; exec sleep 100, PROTOCOL",
        "printf 's\\0\\0\\0\\2\\0\\0'; exec sleep 100, PROTOCOL", // it has started again
        // a size that is not admitted: none at all, and 2^40
        "printf 'p\\0\\0\\0\\0\\0\\0\\0\\0'; exec sleep 100, PROTOCOL",
        "printf 'p\\0\\0\\1\\0\\0\\0\\0\\0'; exec sleep 100, PROTOCOL",
        // an image of no width; no crops; eleven; one of 2^31-1 x 2^31-1; one of 33 x 32
        "printf 'c\\0\\3bmp\\0\\0\\0\\1\\0\\0\\0\\1\\1\\0\\3BAD'; exec sleep 100, PROTOCOL", // a
        // note
        "printf 'c\\0\\3bmp\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0'; exec sleep 100, PROTOCOL",
        "printf 'c\\0\\3bmp\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0'; exec sleep 100, PROTOCOL",
        "printf 'c\\0\\3bmp\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\13'; exec sleep 100, PROTOCOL",
        "printf"
            + " 'c\\0\\3bmp\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\1\\177\\377\\377\\377\\177\\377\\377\\377';"
            + " exec sleep 100, PROTOCOL",
        "printf 'c\\0\\3bmp\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\1\\0\\0\\0\\41\\0\\0\\0\\40'; exec sleep"
            + " 100, PROTOCOL"
      })
  void whatIsNoReplyEndsTheHelperAndItsImage(String reply, HelperEnd end) {
    try (Helpers helpers = Helpers.scripted(STARTED + REQUEST + reply)) {
      assertThatThrownBy(() -> helpers.prepare("an image"))
          .isInstanceOf(ImageException.TooCostly.class);

      assertThat(helpers.ends).containsExactly(end);
      assertThat(helpers.replies).hasValue(0);
      assertThat(helpers.pool.size()).isZero();
    }
  }

  @Test
  void aFailureIsRelayedAsItIs() {
    String failure = "printf 'f\\0\\12UNREADABLE\\0\\12Torn apart'; exec sleep 100";
    try (Helpers helpers = Helpers.scripted(STARTED + REQUEST + failure)) {
      assertThat(catchThrowable(() -> helpers.prepare("an image"))).hasMessage("Torn apart");
      assertThat(helpers.replies).hasValue(1);
      assertThat(helpers.pool.size()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exit 1",
        "kill -9 $$",
        "echo 'Could not reserve enough space' >&2; exit 1",
        "printf x",
        "printf 's\\0\\0\\0\\3\\0\\0'; exec sleep 100", // another version
        "printf d; exec sleep 100"
      })
  void aHelperThatDoesNotStartMakesItsFormatsUnavailable(String script) {
    try (Helpers helpers = Helpers.scripted(script)) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> helpers.prepare("an image"))
            .isInstanceOf(DecoderUnavailableException.class)
            .hasMessage("the process that decodes images of this format cannot be started");
      }

      assertThat(helpers.failedStarts).as("tried again after a while only").hasValue(1);
      assertThat(helpers.pool.size()).isZero();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aHundredHelpersThatEndLeaveNeitherZombiesNorDescriptors() throws Exception {
    try (Helpers helpers =
        Helpers.scripted(STARTED + REQUEST + "printf x >&2; printf x; kill -9 $$")) {
      assertThat(catchThrowable(() -> helpers.prepare("an image"))).isNotNull();
      long children = ProcessHandle.current().children().count();
      long before = descriptors();

      for (int i = 0; i < 100; i++) {
        assertThatThrownBy(() -> helpers.prepare("an image"))
            .isInstanceOf(ImageException.TooCostly.class);
      }

      assertThat(helpers.starts).hasValue(101);
      assertThat(ProcessHandle.current().children().count()).isEqualTo(children);
      assertThat(descriptors()).isLessThan(before + 10);
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
