package io.github.resnetserving.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CostOracleTest {

  private static final CostOracle ORACLE =
      new CostOracle(
          /* fixedBytes= */ 10_000,
          /* bytesPerUnit= */ 10,
          /* fixedNanos= */ 50_000_000,
          /* nanosPerUnit= */ 1);
  private static final byte[] INPUT = {1, 2, 3};

  /** Where the compiler cannot leave an allocation out. */
  private final List<byte[]> kept = new ArrayList<>();

  private void check(long units, CostOracle.Work work) {
    ORACLE.check(INPUT, units, IOException.class, work);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 1_000, 10_000, 100_000})
  void whatGrowsWithTheInputIsAllowed(int units) {
    assertThatCode(() -> check(units, () -> kept.add(new byte[9 * units])))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 300, 1_000, 2_000, 4_000})
  void whatGrowsWithItsSquareIsNot(int units) {
    assertThatThrownBy(() -> check(units, () -> kept.add(new byte[units * units])))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("an input of 3 bytes (%d units) allocates ".formatted(units))
        .hasMessageContaining(" of at most %d and takes ".formatted(10_000 + 10 * units))
        .hasMessageEndingWith("base64 AQID");
  }

  /** Time of the processor, which other programs on the machine do not add to. */
  @Test
  void timeOutOfProportionIsNotAllowed() {
    CostOracle quick = new CostOracle(1 << 20, 0, /* fixedNanos= */ 1_000_000, 1);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    assertThatThrownBy(() ->
            quick.check(
                INPUT,
                5,
                IOException.class,
                () -> {
                  long start = threads.getCurrentThreadCpuTime();
                  while (threads.getCurrentThreadCpuTime() - start < 2_000_000) {
                    Thread.onSpinWait();
                  }
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(" ns of at most 1000005");
  }

  @Test
  void whatIsPaidOnceIsNotTheInputsFault() {
    check(
        0,
        () -> {
          if (kept.isEmpty()) {
            kept.add(new byte[1 << 20]);
          }
        });

    assertThat(kept).hasSize(1);
  }

  @Test
  void aDeclaredExceptionIsAnAnswer() {
    assertThatCode(() ->
            check(
                0,
                () -> {
                  throw new IOException("corrupt");
                }))
        .doesNotThrowAnyException();
  }

  @Test
  void anotherExceptionIsAFault() {
    assertThatThrownBy(() ->
            check(
                0,
                () -> {
                  throw new IndexOutOfBoundsException("3");
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessage("java.lang.IndexOutOfBoundsException: 3 for base64 AQID");
  }

  @ParameterizedTest
  @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class})
  void aDeclaredExceptionMustNotHideAnErrorOfTheMachine(Class<? extends Error> hidden)
      throws ReflectiveOperationException {
    Error error = hidden.getDeclaredConstructor().newInstance();

    assertThatThrownBy(() ->
            check(
                0,
                () -> {
                  throw new IOException("corrupt", new IllegalStateException(error));
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessage("java.io.IOException: corrupt for base64 AQID");
  }
}
