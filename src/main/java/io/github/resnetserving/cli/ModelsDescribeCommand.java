package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.ArchitectureOptions;
import io.github.resnetserving.graph.Block;
import io.github.resnetserving.graph.LayerTable;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.graph.Reading;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "describe",
    description = {
      "Prints what a model is, its architecture as its weights tell it, and each layer's output,",
      "parameters, multiply-adds and receptive field. --arch describes a network without weights."
    },
    mixinStandardHelpOptions = true)
final class ModelsDescribeCommand implements Callable<Integer> {

  private static final int SHOWN_LABELS = 5;
  private static final int LARGEST_SIDE = 4096;
  private static final int MOST_CLASSES = 1_000_000;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The model.")
  private @Nullable String name;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description = "A network instead of a model, such as resnet50 or cifar-resnet1202.")
  private @Nullable String architecture;

  @Mixin private ArchitectureChoice choice = new ArchitectureChoice();

  @Option(
      names = "--classes",
      paramLabel = "N",
      description = "Classes of the network (default: 1000, or 10 for CIFAR nets).")
  private @Nullable Integer classes;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = "Side of the image in pixels (default: what the network is made for).")
  private @Nullable Integer imageSize;

  @Override
  public Integer call() throws Exception {
    if (imageSize != null && (imageSize < 1 || imageSize > LARGEST_SIDE)) {
      throw usage(
          "--image-size is %d: it must be between 1 and %d".formatted(imageSize, LARGEST_SIDE));
    }
    if (classes != null && (classes < 1 || classes > MOST_CLASSES)) {
      throw usage("--classes is %d: it must be between 1 and %d".formatted(classes, MOST_CLASSES));
    }
    if (architecture != null) {
      if (name != null) {
        throw usage("say the model %s or --arch %s, not both".formatted(name, architecture));
      }
      describeArchitecture(architecture);
    } else if (name == null) {
      throw usage("name a model, or a network with --arch");
    } else if (choice.isGiven() || classes != null) {
      throw usage(
          "--shortcut, --block, --width and --classes belong to --arch: a model has its own");
    } else {
      describeModel(name);
    }
    return 0;
  }

  private void describeArchitecture(String architecture) {
    try {
      ArchitectureOptions options = choice.options();
      Topology topology = Architecture.named(architecture, /* classes= */ 1, options);
      int side = Architecture.imageSize(topology);
      int count = Objects.requireNonNullElse(classes, topology.pooled() ? 1000 : 10);
      Topology network = Architecture.named(architecture, count, options);
      Map<String, String> lines = new LinkedHashMap<>();
      lines.put("name", architecture.toLowerCase(Locale.ROOT));
      LayerTable table = LayerTable.of(network, Objects.requireNonNullElse(imageSize, side));
      lines.putAll(network(network, options.network(), table));
      print(lines, table);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private void describeModel(String name) throws Exception {
    ModelRepository repository = folder.repository();
    String version = folder.versions(name, null).getFirst();
    ModelSpec model = repository.find(name, version).orElseThrow();
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("name", model.name());
    lines.put("version", model.version());
    lines.put("versions", String.join(", ", repository.versions(name)));
    lines.put("where", where(repository, model));
    lines.put("weights", model.weights().toString());
    lines.put("digest", model.digest());
    Reading reading;
    LayerTable table;
    try (NetworkFile file = NetworkFile.open(model.weights(), model.network())) {
      reading = file.reading();
      int side = Objects.requireNonNullElse(imageSize, model.preprocessing().crop());
      table = LayerTable.of(file.network().topology(), side);
      lines.putAll(network(file.network().topology(), reading.options(), table));
    }
    lines.put("input", model.preprocessing().id());
    lines.put("mean", numbers(model.preprocessing().normalization().mean()));
    lines.put("std", numbers(model.preprocessing().normalization().std()));
    lines.put("labels", model.classifies() ? labels(model.labels()) : "none: features alone");
    print(lines, table);
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    reading.notes().forEach(note -> err.println("note: " + note));
    reading.assumptions().forEach(assumed -> err.println("assumed: " + assumed));
    err.flush();
  }

  private void print(Map<String, String> lines, LayerTable table) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    lines.forEach((field, value) -> out.printf(Locale.ROOT, "%-12s %s%n", field, value));
    out.println();
    List<LayerTable.Row> rows = table.rows();
    int names = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    int kinds = rows.stream().mapToInt(row -> row.kind().length()).max().orElse(0);
    String format = "%%-%ds  %%-%ds  %%12s  %%13s  %%15s  %%7s%%n".formatted(names, kinds);
    out.printf(format, "LAYER", "COMPUTES", "OUTPUT", "PARAMETERS", "MULTIPLY-ADDS", "FIELD");
    for (LayerTable.Row row : rows) {
      out.printf(
          format,
          row.name(),
          row.kind(),
          "%dx%dx%d".formatted(row.channels(), row.side(), row.side()),
          grouped(row.parameters()),
          grouped(row.multiplyAdds()),
          grouped(row.field()));
    }
    out.printf(
        format,
        "total",
        "",
        "",
        grouped(table.parameters()),
        grouped(table.multiplyAdds()),
        grouped(table.field()));
    out.flush();
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private ParameterException usage(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }

  static String where(ModelRepository repository, ModelSpec model) throws ModelException {
    return repository.isInFolder(model.name(), model.version()) ? "folder" : "inside the program";
  }

  private static Map<String, String> network(
      Topology topology, NetworkOptions options, LayerTable table) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("network", "ResNet-" + topology.depth());
    lines.put("blocks", blocks(topology));
    lines.put("stem", stem(topology));
    lines.put("variant", variant(topology, options));
    lines.put("shortcuts", shortcuts(topology));
    lines.put("depth", Integer.toString(topology.depth()));
    lines.put("width", Integer.toString(topology.width()));
    lines.put("parameters", grouped(table.parameters()));
    lines.put("mult-adds", grouped(table.multiplyAdds()));
    lines.put("classes", Integer.toString(topology.classes()));
    return lines;
  }

  private static String stem(Topology topology) {
    int kernel = topology.first().kernel();
    int count = topology.stem().size();
    return "%s%dx%d, stride %d, %s"
        .formatted(
            count == 1 ? "" : "%d convolutions, the first ".formatted(count),
            kernel,
            kernel,
            topology.first().stride(),
            switch (topology.pool()) {
              case NONE -> "no max pool";
              case PADDED -> "then a 3x3 max pool of stride 2";
              case BEYOND -> "then a 3x3 max pool of stride 2 without padding";
              case ZEROS -> "then a 3x3 max pool of stride 2 with zeros around the map";
            });
  }

  private static String blocks(Topology topology) {
    boolean bottleneck = topology.isBottleneck();
    Block first = topology.stages().getFirst().getFirst();
    int groups = first.body().get(1).groups();
    return topology.stages().stream()
            .map(stage -> Integer.toString(stage.size()))
            .collect(Collectors.joining(", "))
        + (bottleneck ? " (bottleneck" : " (basic")
        + (groups > 1 ? ", %d groups".formatted(groups) : "")
        + (topology.norms() == Topology.Norms.GROUP ? ", group norms" : "")
        + (first.excitation() == null ? ")" : ", squeeze and excitation)");
  }

  private static String variant(Topology topology, NetworkOptions options) {
    Block first = topology.stages().getFirst().getFirst();
    if (first.preNorm() != null) {
      return "v2 (pre-activated)";
    }
    if (first.sumNorm() != null) {
      return "sum-norm";
    }
    return options.variantOrUsual() == Variant.V1 ? "v1" : "v1.5";
  }

  private static String shortcuts(Topology topology) {
    Map<String, Long> kinds =
        topology.stages().stream()
            .flatMap(List::stream)
            .collect(
                Collectors.groupingBy(
                    ModelsDescribeCommand::shortcut, TreeMap::new, Collectors.counting()));
    return kinds.entrySet().stream()
        .map(kind -> kind.getValue() + " " + kind.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String shortcut(Block block) {
    if (block.projection() != null) {
      return "projected";
    }
    return block.padsShortcut() ? "padded with zeros" : "identity";
  }

  private static String numbers(List<Double> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static String labels(Labels labels) {
    String first =
        labels.entries().stream()
            .limit(SHOWN_LABELS)
            .map(Label::name)
            .collect(Collectors.joining("; "));
    int more = labels.count() - SHOWN_LABELS;
    return more > 0 ? "%s; and %d more".formatted(first, more) : first;
  }
}
