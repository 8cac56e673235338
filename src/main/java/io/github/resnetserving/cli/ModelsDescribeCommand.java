package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ModelsFolder;
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
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "describe",
    description = "Prints what a model is, its architecture as its weights tell it.",
    mixinStandardHelpOptions = true)
final class ModelsDescribeCommand implements Callable<Integer> {

  private static final int SHOWN_LABELS = 5;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Parameters(paramLabel = "NAME", description = "The model.")
  private String name = "";

  @Override
  public Integer call() throws Exception {
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
    try (NetworkFile file = NetworkFile.open(model.weights(), model.network())) {
      reading = file.reading();
      lines.putAll(network(file.network().topology(), reading.options()));
    }
    lines.put("input", model.preprocessing().id());
    lines.put("mean", numbers(model.preprocessing().normalization().mean()));
    lines.put("std", numbers(model.preprocessing().normalization().std()));
    lines.put("labels", model.classifies() ? labels(model.labels()) : "none: features alone");
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    lines.forEach((field, value) -> out.printf(Locale.ROOT, "%-12s %s%n", field, value));
    out.flush();
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    reading.notes().forEach(note -> err.println("note: " + note));
    reading.assumptions().forEach(assumed -> err.println("assumed: " + assumed));
    err.flush();
    return 0;
  }

  static String where(ModelRepository repository, ModelSpec model) throws ModelException {
    return repository.isInFolder(model.name(), model.version()) ? "folder" : "inside the program";
  }

  private static Map<String, String> network(Topology topology, NetworkOptions options) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("network", "ResNet-" + topology.depth());
    lines.put("blocks", blocks(topology));
    lines.put("stem", stem(topology));
    lines.put("variant", options.variantOrUsual() == Variant.V1 ? "v1" : "v1.5");
    lines.put("depth", Integer.toString(topology.depth()));
    lines.put("width", Integer.toString(topology.width()));
    lines.put("parameters", String.format(Locale.ROOT, "%,d", parameters(topology)));
    lines.put("classes", Integer.toString(topology.classes()));
    return lines;
  }

  private static String stem(Topology topology) {
    int kernel = topology.stem().kernel();
    return "%dx%d, stride %d, %s"
        .formatted(
            kernel,
            kernel,
            topology.stem().stride(),
            topology.pooled() ? "then a 3x3 max pool of stride 2" : "no max pool");
  }

  private static String blocks(Topology topology) {
    boolean bottleneck = topology.isBottleneck();
    return topology.stages().stream()
            .map(stage -> Integer.toString(stage.size()))
            .collect(Collectors.joining(", "))
        + (bottleneck ? " (bottleneck)" : " (basic)");
  }

  /** Numbers that training learns: batch norm's running statistics are none. */
  private static long parameters(Topology topology) {
    return topology.tensors().entrySet().stream()
        .filter(entry -> !entry.getKey().contains(".running_"))
        .mapToLong(entry ->
            entry.getValue().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b))
        .sum();
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
