package io.github.resnetserving.rest.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaceTest {

  private static final Pace PACE =
      new Pace(Duration.ofSeconds(30), Duration.ofSeconds(5), /* bytesPerSecond= */ 8192);

  @ParameterizedTest
  @CsvSource({
    "0, 5000",
    "4096, 5500",
    "8192, 6000",
    "81920, 15000",
    "204799, 29999",
    "204800, 30000",
    "204801, 30000",
    "9223372036854775807, 30000"
  })
  void theTimeIsTheGracePeriodAndASecondForEachSoManyBytesAndNeverBeyondTheLimit(
      long bytes, long millis) {
    assertThat(PACE.allowedNanos(bytes) / 1_000_000).isEqualTo(millis);
  }

  @Test
  void whatNothingCouldKeepIsRefused() {
    assertThatThrownBy(() -> new Pace(Duration.ZERO, Duration.ZERO, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Pace(Duration.ofSeconds(1), Duration.ofSeconds(-1), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Pace(Duration.ofSeconds(1), Duration.ZERO, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
