package io.github.resnetserving.engine;

import io.github.resnetserving.network.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a processor computes in by instructions of its own.
 *
 * @param flags the features' names as Linux spells them, such as {@code avx512_bf16}; empty where
 *     they cannot be told
 */
public record ProcessorFeatures(Set<String> flags) {

  private static final Logger log = LoggerFactory.getLogger(ProcessorFeatures.class);
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  public ProcessorFeatures {
    flags = Set.copyOf(flags);
  }

  /** Of the processor that this program runs on. */
  public static ProcessorFeatures ofMachine() {
    try {
      return parse(Files.readString(CPUINFO, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new ProcessorFeatures(Set.of()); // not Linux
    }
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
   * Whether a plan in this precision uses instructions made for it. Where it does not, bfloat16 is
   * emulated and slow or refused by libtorch, and 8-bit sums of two products overflow 16 bits.
   */
  public boolean isNative(Precision precision) {
    return switch (precision) {
      case FP32 -> true;
      case FP16 -> false;
      case BF16 -> hasAny("avx512_bf16", "amx_bf16");
      case INT8 -> hasAny("avx512_vnni", "avx_vnni", "amx_int8");
    };
  }

  /**
   * Warns of a plan that would be slow.
   *
   * @throws EngineException if its answers would be wrong
   */
  void check(Precision precision) throws EngineException {
    if (isNative(precision)) {
      return;
    }
    if (precision == Precision.INT8) {
      throw new EngineException(
          "this processor has no instructions for int8 (%s), and without them its answers are wrong: take fp32"
              .formatted(this));
    }
    log.warn(
        "this processor has no instructions for {} ({}): where it runs at all it is slower than"
            + " fp32",
        precision.id(),
        this);
  }

  private boolean hasAny(String... names) {
    return List.of(names).stream().anyMatch(flags::contains);
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
