package io.github.resnetserving.engine;

import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instruction sets of a processor, as far as they decide which precision runs and how well.
 *
 * <p>Immutable.
 *
 * @param flags the features' names as Linux spells them, such as {@code avx512_bf16}; empty where
 *     they cannot be told
 */
record ProcessorFeatures(Set<String> flags) {

  private static final Logger log = LoggerFactory.getLogger(ProcessorFeatures.class);
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  ProcessorFeatures {
    flags = Set.copyOf(flags);
  }

  /**
   * Returns the features of the processor that this program runs on. Those that {@code
   * ONEDNN_MAX_CPU_ISA} keeps oneDNN from using are left out, so that the same variable that shows
   * oneDNN an older processor shows it to the choice of plans too.
   */
  static ProcessorFeatures ofMachine() {
    ProcessorFeatures processor;
    try {
      processor = parse(Files.readString(CPUINFO, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new ProcessorFeatures(Set.of()); // not Linux
    }
    return Stream.of("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
        .map(System::getenv)
        .filter(Objects::nonNull)
        .findFirst()
        .map(processor::limitedTo)
        .orElse(processor);
  }

  /**
   * Returns the features that oneDNN still uses under a limit.
   *
   * @param isa a value of {@code ONEDNN_MAX_CPU_ISA}, in any case; oneDNN ignores values that it
   *     does not know, and so does this
   */
  ProcessorFeatures limitedTo(String isa) {
    String allowed =
        switch (isa.toUpperCase(Locale.ROOT)) {
          case "SSE41", "AVX" -> "";
          case "AVX2" -> "avx2";
          case "AVX2_VNNI" -> "avx2|avx_vnni";
          case "AVX2_VNNI_2" -> "avx2|avx_vnni.*|avx_ne_convert";
          case "AVX512_CORE" -> "avx2|avx512(f|bw|cd|dq|vl)";
          case "AVX512_CORE_VNNI" -> "avx2|avx512(f|bw|cd|dq|vl|_vnni)";
          case "AVX512_CORE_BF16" -> "avx2|avx512(f|bw|cd|dq|vl|_vnni|_bf16)";
          case "AVX512_CORE_FP16", "AVX10_1_512" -> "avx2|avx_vnni|avx512.*";
          default -> ".*";
        };
    return new ProcessorFeatures(
        flags.stream()
            .filter(flag -> !flag.matches("avx2|avx_.+|avx512.+|amx_.+") || flag.matches(allowed))
            .collect(Collectors.toSet()));
  }

  /** From the text of {@code /proc/cpuinfo}; the first processor stands for all. */
  static ProcessorFeatures parse(String cpuinfo) {
    return new ProcessorFeatures(
        cpuinfo
            .lines()
            .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
            .findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .map(line -> Set.of(line.split("\\s+")))
            .orElse(Set.of()));
  }

  /**
   * Tells whether a plan in this precision uses instructions made for it. Where it does not,
   * bfloat16 is emulated and slow or refused (see {@link #runs}), and 8-bit sums of two products
   * overflow 16 bits.
   */
  boolean isNative(Precision precision) {
    return switch (precision) {
      case FP32 -> true;
      case FP16 -> false;
      case BF16 -> hasAny("avx512_bf16", "amx_bf16");
      case INT8 -> hasAny("avx512_vnni", "avx_vnni", "amx_int8");
    };
  }

  /**
   * Tells whether a plan in this precision runs and gives right answers. oneDNN emulates bfloat16
   * with AVX-512 and converts it with AVX-NE-CONVERT; on other x86-64 processors it has no bfloat16
   * at all. On processors of other architectures libtorch finds out.
   */
  boolean runs(Precision precision) {
    return switch (precision) {
      case FP32, FP16, INT8 -> isNative(precision);
      case BF16 ->
          flags.containsAll(Set.of("avx512bw", "avx512dq", "avx512vl"))
              || hasAny("avx_ne_convert")
              || isNative(precision)
              || !hasAny("sse2");
    };
  }

  /**
   * Warns of a plan that would be slow.
   *
   * @throws EngineException if its answers would be wrong, or if it does not run
   */
  void check(Precision precision) throws EngineException {
    if (isNative(precision)) {
      return;
    }
    if (precision == Precision.BF16 && !runs(precision)) {
      throw new EngineException(
          "this processor has no instructions for bf16 (%s), and without AVX-512 they are not emulated: take auto or fp32"
              .formatted(this));
    }
    if (precision == Precision.INT8) {
      throw new EngineException(
          "this processor has no instructions for int8 (%s), and without them its answers are wrong: take fp32"
              .formatted(this));
    }
    log.warn(
        "this processor has no instructions for {} ({}): it is emulated, and slower than fp32",
        precision.id(),
        this);
  }

  private boolean hasAny(String... names) {
    return Arrays.stream(names).anyMatch(flags::contains);
  }

  /** Those of the flags that decide what runs well, in alphabetical order. */
  @Override
  public String toString() {
    return String.join(
        ", ",
        new TreeSet<>(
            flags.stream()
                .filter(flag -> flag.matches("avx2|avx512f|.*(vnni|bf16|amx).*"))
                .toList()));
  }
}
