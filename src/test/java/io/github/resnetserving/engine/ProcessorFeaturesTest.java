package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.network.Precision;
import org.junit.jupiter.api.Test;

class ProcessorFeaturesTest {

  @Test
  void theFirstProcessorsFlagsAreRead() {
    ProcessorFeatures processor =
        ProcessorFeatures.parse(
            """
            processor\t: 0
            flags\t\t: fpu avx2 avx512f avx512_bf16 avx512_vnni
            bugs\t\t: none

            processor\t: 1
            flags\t\t: fpu
            """);

    assertThat(processor.flags())
        .containsExactlyInAnyOrder("fpu", "avx2", "avx512f", "avx512_bf16", "avx512_vnni");
    assertThat(processor).hasToString("avx2, avx512_bf16, avx512_vnni, avx512f");
  }

  @Test
  void bfloat16IsNativeWithEitherInstruction() {
    assertThat(with("avx2 avx512f").isNative(Precision.BF16)).isFalse();
    assertThat(with("avx2 avx512_bf16").isNative(Precision.BF16)).isTrue();
    assertThat(with("avx2 amx_bf16").isNative(Precision.BF16)).isTrue();
    assertThat(with("avx2").isNative(Precision.FP32)).isTrue();
  }

  @Test
  void int8NeedsInstructionsThatDoNotOverflow() {
    assertThat(with("avx2 avx512f avx512bw").isNative(Precision.INT8)).isFalse();
    assertThat(with("avx2 avx_vnni").isNative(Precision.INT8)).isTrue();
    assertThat(with("avx512f avx512_vnni").isNative(Precision.INT8)).isTrue();
  }

  @Test
  void int8IsRefusedWhereItsAnswersWouldBeWrong() {
    assertThatThrownBy(() -> with("avx2 avx512f").check(Precision.INT8))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "this processor has no instructions for int8 (avx2, avx512f), and without them its"
                + " answers are wrong: take fp32");
  }

  @Test
  void aProcessorThatTellsNothingHasNothing() {
    assertThat(ProcessorFeatures.parse("").flags()).isEmpty();
    assertThat(ProcessorFeatures.parse("").isNative(Precision.BF16)).isFalse();
  }

  private static ProcessorFeatures with(String flags) {
    return ProcessorFeatures.parse("flags\t\t: " + flags + "\n");
  }
}
