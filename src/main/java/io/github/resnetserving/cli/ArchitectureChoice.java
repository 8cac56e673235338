package io.github.resnetserving.cli;

import io.github.resnetserving.graph.ArchitectureOptions;
import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.graph.ArchitectureOptions.Shortcut;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that vary a named architecture. */
final class ArchitectureChoice {

  @Option(
      names = "--shortcut",
      paramLabel = "A|B|C",
      description =
          "Which shortcuts are projections: none, those that change the shape, or all (default: A"
              + " for CIFAR nets, B for others and for sum-norm).")
  private @Nullable String shortcut;

  @Option(
      names = "--block",
      paramLabel = "KIND",
      description =
          "v1 or v1.5 (stride of a bottleneck in its first or in its 3×3 convolution), v2"
              + " (pre-activated), sum-norm (default: v1.5).")
  private @Nullable String block;

  @Option(
      names = "--width",
      paramLabel = "F",
      description =
          "Multiplies the channels: of basic blocks all, of bottlenecks those inside (default: 1).")
  private @Nullable Double width;

  /** Whether one of them was given. */
  boolean isGiven() {
    return shortcut != null || block != null || width != null;
  }

  /**
   * What was given, and what is usual for the rest.
   *
   * @throws IllegalArgumentException if there is no such thing; the message says what there is
   */
  ArchitectureOptions options() {
    return new ArchitectureOptions(
        shortcut == null ? null : Shortcut.of(shortcut),
        block == null ? BlockKind.V1_5 : BlockKind.of(block),
        width == null ? 1 : width);
  }
}
