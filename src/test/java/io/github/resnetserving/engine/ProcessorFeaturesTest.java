package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.tensor.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "sse2 avx2, false",
    "sse2 avx2 avx_vnni, false",
    "sse2 avx2 avx512f avx512bw avx512dq avx512vl, true",
    "sse2 avx2 avx512f avx512bw avx512dq avx512vl avx512_bf16, true",
    "sse2 avx2 avx_vnni avx_ne_convert, true",
    "fp asimd, true",
    "fp asimd bf16, true",
  })
  void bfloat16RunsWhereOneDnnHasItOrEmulatesIt(String flags, boolean runs) {
    assertThat(with(flags).runs(Precision.BF16)).isEqualTo(runs);
  }

  @Test
  void bfloat16IsRefusedWhereOneDnnHasNone() {
    assertThatThrownBy(() -> with("sse2 avx2 avx_vnni").check(Precision.BF16))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "this processor has no instructions for bf16 (avx2, avx_vnni), and without AVX-512 they"
                + " are not emulated: take auto or fp32");
  }

  /** The least that oneDNN 3.7 needs for each of its levels. */
  @ParameterizedTest
  @CsvSource({
    "AVX, ''",
    "AVX2, avx2",
    "avx2, avx2",
    "AVX2_VNNI, 'avx2, avx_vnni'",
    "AVX2_VNNI_2, 'avx2, avx_vnni'",
    "AVX512_CORE, 'avx2, avx512f'",
    "AVX512_CORE_VNNI, 'avx2, avx512_vnni, avx512f'",
    "AVX512_CORE_BF16, 'avx2, avx512_bf16, avx512_vnni, avx512f'",
    "AVX512_CORE_FP16, 'avx2, avx512_bf16, avx512_vnni, avx512f, avx_vnni'",
    "AVX512_CORE_AMX, 'amx_bf16, amx_int8, avx2, avx512_bf16, avx512_vnni, avx512f, avx_vnni'",
    "DEFAULT, 'amx_bf16, amx_int8, avx2, avx512_bf16, avx512_vnni, avx512f, avx_vnni'",
    "nonsense, 'amx_bf16, amx_int8, avx2, avx512_bf16, avx512_vnni, avx512f, avx_vnni'",
  })
  void oneDnnsLimitLeavesOutWhatItMayNotUse(String isa, String left) {
    ProcessorFeatures all =
        with("sse2 avx avx2 avx_vnni avx512f avx512_vnni avx512_bf16 amx_bf16 amx_int8");

    assertThat(all.limitedTo(isa)).hasToString(left);
    assertThat(all.limitedTo(isa).flags()).contains("sse2", "avx");
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
