package io.github.resnetserving.rest.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.inference.Budget;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("InputStreamSlowMultibyteRead") // byte by byte, as they come
class LineReaderTest {

  private static final int LONGEST = 100_000;
  private static final Pace PACE = new Pace(Duration.ofSeconds(30), Duration.ofSeconds(5), 1000);

  private final Budget budget = new Budget(1 << 20);

  private LineReader reader(InputStream in) {
    return reader(in, LONGEST);
  }

  private LineReader reader(InputStream in, int longest) {
    return new LineReader(
        new BodyStream(in, null, PACE, () -> 0),
        budget.open("test"),
        longest,
        Duration.ofSeconds(10),
        () -> 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8191, 8192, 8193, 50_000, 99_998, 99_999})
  void linesOfEachLengthAreRead(int length) throws Exception {
    String line = "x".repeat(length);
    try (LineReader lines = reader(text("a\n" + line + "\n\n  \nb\n" + line))) {
      assertThat(all(lines)).containsExactly("a", line, "b", line);
    }
    assertThat(budget.used()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 100_001, 131_072, 1_000_000, 5_000_000})
  void aLineThatIsTooLongIsReadOverInConstantMemory(int length) throws Exception {
    try (LineReader lines = reader(text("a\n" + "x".repeat(length) + "\nb"))) {
      assertThat(all(lines)).containsExactly("a", "TOO_LONG", "b");
      assertThat(budget.used()).isLessThanOrEqualTo(LONGEST);
    }
  }

  /** A line that is read over leaves a buffer, which must not hold longer ones than allowed. */
  @ParameterizedTest
  @ValueSource(ints = {10, 100, 1_000, 4_096, 8_191, 8_192})
  void aLineAfterOneThatIsTooLongIsNoLongerThanAllowedEither(int longest) throws Exception {
    String tooLong = "x".repeat(longest + 1);
    String allowed = "y".repeat(longest - 1);
    String text = tooLong + "\n" + tooLong + "\n" + allowed + "\n" + tooLong + "\nb";
    try (LineReader lines = reader(text(text), longest)) {
      assertThat(all(lines)).containsExactly("TOO_LONG", "TOO_LONG", allowed, "TOO_LONG", "b");
    }
    assertThat(budget.used()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 200_000, 1_000_000, 3_000_000, 10_000_000})
  void aLineThatIsTooLongIsReadOverInPieces(int length) throws Exception {
    AtomicInteger reads = new AtomicInteger();
    InputStream counted =
        new FilterInputStream(text("x".repeat(length) + "\nb")) {
          @Override
          public int read() throws IOException {
            reads.incrementAndGet();
            return super.read();
          }

          @Override
          public int read(byte[] into, int offset, int count) throws IOException {
            reads.incrementAndGet();
            return super.read(into, offset, count);
          }
        };
    try (LineReader lines = reader(counted)) {
      assertThat(all(lines)).containsExactly("TOO_LONG", "b");
    }
    assertThat(reads).hasValueLessThanOrEqualTo(50 + 2 * length / 8_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {10_000, 20_000, 40_000, 70_000, 100_000})
  void aLineThatFindsNoRoomIsReadOverAndTheNextOneIsRead(int length) throws Exception {
    try (Budget.Lease others = budget.open("others");
        Budget.Lease more = budget.open("more");
        LineReader lines = reader(text("a\n" + "x".repeat(length) + "\nb"))) {
      others.tryGrow(budget.share());
      more.tryGrow(budget.capacity() - budget.share() - 9_000);

      assertThat(all(lines)).containsExactly("a", "NO_ROOM", "b");
    }
    assertThat(budget.used()).isZero();
  }

  /** The body needs the room of the line before while it waits for the rest of that line. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 8_000, 20_000, 90_000})
  void aLineWhoseMemoryIsTakenAwayEndsTheStream(int length) {
    InputStream rest =
        new InputStream() {
          @Override
          public int read() {
            try (Budget.Lease others = budget.open("others");
                Budget.Lease more = budget.open("more");
                Budget.Lease small = budget.open("small")) {
              others.tryGrow(budget.share());
              more.tryGrow(budget.capacity() - budget.used());
              assertThat(small.tryGrow(1)).isTrue();
            }
            assertThat(budget.used()).isZero();
            return 'x';
          }
        };
    try (LineReader lines = reader(new SequenceInputStream(text("x".repeat(length)), rest))) {
      assertThatThrownBy(lines::next)
          .isInstanceOf(RequestException.class)
          .hasMessageContaining("had to give the memory of this body");
    }
  }

  @Test
  void whatAStreamHoldsBetweenLinesIsSmall() throws Exception {
    try (LineReader lines = reader(text("x\n"))) {
      assertThat(budget.used()).isZero();
      var _ = lines.next();
      assertThat(budget.used()).isEqualTo(8192);
    }
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> all(LineReader lines) throws IOException {
    List<String> all = new ArrayList<>();
    for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
      all.add(
          line.fault() == null
              ? new String(line.buffer(), line.offset(), line.length(), StandardCharsets.UTF_8)
              : line.fault().name());
    }
    return all;
  }
}
