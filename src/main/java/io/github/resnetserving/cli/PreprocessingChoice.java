package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.PublishedSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what a network was trained to see. */
final class PreprocessingChoice extends ConsoleCommand.Options {

  /** Those that have a name. */
  static final SequencedMap<String, Preprocessing> NAMED =
      new TreeMap<>(
          Map.of(
              "torchvision-v1", Preprocessing.TORCHVISION_V1,
              "torchvision-v2", Preprocessing.TORCHVISION_V2,
              "cifar", Preprocessing.CIFAR));

  @Option(
      names = "--preprocessing",
      paramLabel = "P",
      description =
          "torchvision-v1, torchvision-v2, cifar, or a file: model.json's preprocessing, Hugging"
              + " Face's preprocessor_config.json, timm's config.json (default: torchvision-v1, or"
              + " cifar for nets whose first convolution is 3×3).")
  private @Nullable String preprocessing;

  @Option(
      names = "--test-size",
      description =
          "Take the image size and the crop that timm's config.json has for tests, which are often"
              + " larger than those of training and more accurate.")
  private boolean testSize;

  @Option(
      names = "--mean",
      split = ",",
      paramLabel = "R,G,B",
      description = "Means, on the scale 0 to 1.")
  private @Nullable List<Double> mean;

  @Option(
      names = "--std",
      split = ",",
      paramLabel = "R,G,B",
      description = "Standard deviations, on the scale 0 to 1.")
  private @Nullable List<Double> std;

  /**
   * What was chosen.
   *
   * @param assumed a sentence on what was assumed; null where nothing was
   */
  record Chosen(Preprocessing preprocessing, @Nullable String assumed, List<String> notes) {}

  /** Refuses numbers that cannot be meant, before any weights are read. */
  void check() {
    var _ = normalized(Preprocessing.TORCHVISION_V1);
  }

  /**
   * What tells the preprocessing: the option where it is given, else what was published.
   *
   * @throws IOException if the option names a file that does not tell it
   */
  PublishedSettings input(PublishedSettings published) throws IOException {
    PublishedSettings told = told(published);
    return testSize ? told.atTestSize() : told;
  }

  private PublishedSettings told(PublishedSettings published) throws IOException {
    String asked = preprocessing;
    if (asked == null) {
      return published;
    }
    Preprocessing known = NAMED.get(asked);
    if (known != null) {
      return new PublishedSettings(known, null, null, List.of());
    }
    if (!asked.endsWith(".json")) {
      throw usage(
          "--preprocessing is \"%s\": take torchvision-v1, torchvision-v2, cifar or a .json file"
              .formatted(asked));
    }
    return PublishedSettings.ofFile(Path.of(asked));
  }

  /**
   * Decides.
   *
   * @param input what {@link #input} gave
   */
  Chosen of(PublishedSettings input, Topology topology) {
    Preprocessing told = input.preprocessing();
    Preprocessing base = Objects.requireNonNullElse(told, usual(topology));
    Preprocessing chosen = normalized(base);
    List<String> notes = new ArrayList<>(input.notes());
    Preprocessing test = input.test();
    if (test != null) {
      notes.add(
          "it was tested at %d pixels, too, after a resize to %d: --test-size takes that"
              .formatted(test.crop(), test.resize()));
    }
    return new Chosen(chosen, told == null ? assumed(base, chosen) : null, notes);
  }

  private static Preprocessing usual(Topology topology) {
    return topology.isForPhotographs() ? Preprocessing.TORCHVISION_V1 : Preprocessing.CIFAR;
  }

  private String assumed(Preprocessing base, Preprocessing chosen) {
    String name =
        NAMED.entrySet().stream()
            .filter(entry -> entry.getValue().equals(base))
            .map(Map.Entry::getKey)
            .collect(Collectors.joining());
    return "the preprocessing is %s: the short edge becomes %d, the middle %d×%d is taken, mean %s, std %s (--preprocessing, --mean, --std; --check DIR compares with labelled images)"
        .formatted(
            mean == null && std == null ? name : name + " with other statistics",
            chosen.resize(),
            chosen.crop(),
            chosen.crop(),
            chosen.normalization().mean(),
            chosen.normalization().std());
  }

  private Preprocessing normalized(Preprocessing base) {
    try {
      return new Preprocessing(
          base.resize(),
          base.interpolation(),
          base.crop(),
          new Normalization(
              Objects.requireNonNullElse(mean, base.normalization().mean()),
              Objects.requireNonNullElse(std, base.normalization().std())));
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }
}
