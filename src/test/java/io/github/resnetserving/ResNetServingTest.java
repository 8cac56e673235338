package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResNetServingTest {

  @ParameterizedTest
  @CsvSource({"1, 8", "2, 8", "3, 12", "16, 64"})
  void thereAreFourAProcessorAndEightAtLeast(int processors, int expected) {
    assertThat(ResNetServing.carrierThreads(processors)).isEqualTo(expected);
  }
}
