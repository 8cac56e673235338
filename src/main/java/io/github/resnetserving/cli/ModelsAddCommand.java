package io.github.resnetserving.cli;

import io.github.resnetserving.model.Labels;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.model.PublishedSettings;
import io.github.resnetserving.model.Variant;
import io.github.resnetserving.network.Network;
import io.github.resnetserving.network.Topology;
import io.github.resnetserving.weights.Checkpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "add",
    description = {
      "Adds a checkpoint to the models, as the next version of its name, and prints its folder.",
      "It is read first: what is not a network that runs here is not added."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ModelsAddCommand implements Callable<Integer> {

  private static final int IMAGENET_CLASSES = 1000;
  private static final Map<String, Preprocessing> PREPROCESSINGS =
      Map.of(
          "torchvision-v1", Preprocessing.TORCHVISION_V1,
          "torchvision-v2", Preprocessing.TORCHVISION_V2,
          "cifar", Preprocessing.CIFAR);

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "What to call the model.")
  private String name = "";

  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description =
          "safetensors or a PyTorch checkpoint; or a Hugging Face folder, whose labels and"
              + " preprocessing are then taken.")
  private Path weights = Path.of("");

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description =
          "One class a line, or rows of index,wnid,label (default: ImageNet's for 1,000 classes,"
              + " else class_0, class_1, …).")
  private @Nullable Path labels;

  @Option(
      names = "--preprocessing",
      paramLabel = "P",
      description =
          "torchvision-v1, torchvision-v2, cifar, or a file: model.json's preprocessing, Hugging"
              + " Face's preprocessor_config.json, timm's config.json (default: torchvision-v1, or"
              + " cifar for nets without a pool after the first convolution).")
  private @Nullable String preprocessing;

  @Option(
      names = "--variant",
      paramLabel = "V",
      description = "v1 or v1.5: where bottlenecks have their stride (default: v1.5).")
  private @Nullable String variant;

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

  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Override
  public Integer call() throws Exception {
    Variant chosen = variant();
    PublishedSettings published =
        Files.isDirectory(weights)
            ? PublishedSettings.ofFolder(weights)
            : new PublishedSettings(null, null, null, List.of());
    PublishedSettings input = input(published);
    Path file = file();
    Variant where =
        Objects.requireNonNullElse(
            chosen, Objects.requireNonNullElse(published.variant(), Variant.V1_5));
    Topology topology;
    try (Checkpoint checkpoint = Checkpoint.open(file.toUri())) {
      topology = Network.of(checkpoint.tensors(), where).topology();
    }
    ModelSpec added =
        folder
            .repository()
            .add(
                name,
                file,
                where,
                normalized(Objects.requireNonNullElse(input.preprocessing(), usual(topology))),
                labels(published, topology.classes()),
                Map.of());
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter err = command.commandLine().getErr();
    input.notes().forEach(err::println);
    err.flush();
    PrintWriter out = command.commandLine().getOut();
    out.println(folder.path().resolve(added.name()).resolve(added.version()));
    out.flush();
    return 0;
  }

  private Path file() throws ModelException {
    return Files.isDirectory(weights) ? PublishedSettings.weights(weights) : weights;
  }

  private @Nullable Variant variant() {
    return switch (variant) {
      case null -> null;
      case "v1" -> Variant.V1;
      case "v1.5" -> Variant.V1_5;
      default -> throw usage("--variant is \"%s\": it must be v1 or v1.5".formatted(variant));
    };
  }

  /** What tells the preprocessing: the option where it is given, else what was published. */
  private PublishedSettings input(PublishedSettings published) throws IOException {
    String asked = preprocessing;
    if (asked == null) {
      return published;
    }
    Preprocessing known = PREPROCESSINGS.get(asked);
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

  private static Preprocessing usual(Topology topology) {
    return topology.pooled() ? Preprocessing.TORCHVISION_V1 : Preprocessing.CIFAR;
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

  private Labels labels(PublishedSettings published, int classes) throws ModelException {
    Labels told = labels == null ? published.labels() : Labels.read(labels);
    if (told == null) {
      return classes == IMAGENET_CLASSES ? Labels.imageNet() : Labels.numbered(classes);
    }
    if (told.count() != classes) {
      throw new ModelException(
          "the classifier has %d classes, but there are %d labels in %s: give one label for each class"
              .formatted(classes, told.count(), Objects.requireNonNullElse(labels, weights)));
    }
    return told;
  }

  private ParameterException usage(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
