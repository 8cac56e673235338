package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what the names and shapes of weights do not tell. */
final class NetworkChoice extends ConsoleCommand.Options {

  @Option(
      names = "--variant",
      paramLabel = "V",
      description = "v1 or v1.5: where bottlenecks have their stride (default: v1.5).")
  private @Nullable String variant;

  @Option(
      names = "--stem-stride",
      paramLabel = "N",
      description =
          "Stride of the first convolution (default: 2 where its kernel is larger than 3×3, else"
              + " 1).")
  private @Nullable Integer stemStride;

  @Option(
      names = "--stem-pool",
      negatable = true,
      description =
          "Whether a 3×3 max pool of stride 2 follows the first convolution (default: where its"
              + " kernel is larger than 3×3).")
  private @Nullable Boolean stemPool;

  @Option(
      names = "--bgr",
      negatable = true,
      description =
          "Whether the network was trained on channels in the order blue, green, red, as OpenCV"
              + " reads them (default: where a publisher documents it). --mean and --std stay red,"
              + " green, blue.")
  private @Nullable Boolean bgr;

  @Option(
      names = "--head",
      paramLabel = "NAME",
      description =
          "The classifier's name, as fc.1 for fc.1.weight and fc.1.bias; none for a model that"
              + " gives features alone (default: fc or linear).")
  private @Nullable String head;

  @Option(
      names = "--ema",
      description = "Take the average over training that lies beside the weights (EMA, SWA).")
  private boolean ema;

  @Option(
      names = "--state-dict",
      paramLabel = "NAME",
      description = "Which state dict of the file to take, as state_dict_ema or model.teacher.")
  private @Nullable String stateDict;

  @Option(
      names = "--prefix",
      paramLabel = "P",
      description =
          "What the names of the network's tensors begin with, as encoder_q. where the file holds"
              + " several networks.")
  private @Nullable String prefix;

  /**
   * What was said.
   *
   * @throws IOException if {@code --ema} is said of a file that has no average
   */
  NetworkOptions of(URI weights) throws IOException {
    NetworkOptions said;
    try {
      said = new NetworkOptions(variant(), stemStride, stemPool, head, stateDict, prefix);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()).replace("stem_stride", "--stem-stride"));
    }
    if (!ema) {
      return said;
    }
    if (stateDict != null || prefix != null) {
      throw usage("--ema finds the average by itself: leave out --state-dict and --prefix");
    }
    return NetworkFile.averaged(weights, said);
  }

  private @Nullable Variant variant() {
    return switch (variant) {
      case null -> null;
      case "v1" -> Variant.V1;
      case "v1.5" -> Variant.V1_5;
      default -> throw usage("--variant is \"%s\": it must be v1 or v1.5".formatted(variant));
    };
  }

  /** Whether the channels' order was said to be blue, green, red; null where nothing was said. */
  @Nullable Boolean bgr() {
    return bgr;
  }

  /** Refuses what cannot be meant, before any file is read. */
  void check() {
    var _ = variant();
  }
}
