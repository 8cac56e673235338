package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.graph.Reading;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.PublishedSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description = {
      "Adds a checkpoint to the models, as the next version of its name, and prints its folder.",
      "It is read first: what is not a network that runs here is not added."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ModelsAddCommand extends ConsoleCommand {

  @Parameters(paramLabel = "NAME", description = "What to call the model.")
  private String name = "";

  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description =
          "safetensors or a PyTorch checkpoint, or the index of one in shards; an ONNX model, Keras"
              + " or MXNet weights, or a caffemodel, which are converted; or a Hugging Face folder,"
              + " whose labels and preprocessing are then taken.")
  private Path weights = Path.of("");

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description =
          "One class a line, or rows of index,wnid,label (default: ImageNet's for 1,000 classes,"
              + " else class_0, class_1, …).")
  private @Nullable Path labels;

  @Mixin private PreprocessingChoice preprocessing = new PreprocessingChoice();
  @Mixin private NetworkChoice network = new NetworkChoice();

  @Option(
      names = "--check",
      paramLabel = "DIR_OR_FILE",
      description =
          "Compare with right answers, and the alternatives to what was assumed: a folder with one"
              + " folder a class, or a .csv or .json of file, class and perhaps probability. Where"
              + " an alternative fits better the model is not added.")
  private @Nullable Path check;

  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Override
  public Integer call() throws Exception {
    network.check();
    ModelSpec.requireName(name);
    preprocessing.check();
    try (WeightsToAdd found = WeightsToAdd.of(weights)) {
      PublishedSettings input = preprocessing.input(found.published());
      NetworkOptions known = found.known(network.of(found.file().toUri()));
      Boolean bgr = network.bgr();
      boolean swaps = bgr != null && bgr != found.isBgr();
      WeightsToAdd given = swaps ? found.swapped(known.stateDict()) : found;
      NetworkOptions said = swaps ? known.withStateDict(null) : known;
      Topology topology;
      Reading reading;
      try (NetworkFile opened = NetworkFile.open(given.file().toUri(), said)) {
        topology = opened.network().topology();
        reading = opened.reading();
      }
      PreprocessingChoice.Chosen shown = given.scaled(preprocessing.of(input, topology));
      Labels named = labels(given.published(), topology.classes());
      tell(given.found(topology, said), given.notes(), reading, shown);
      Path answers = check;
      if (answers != null && !fits(answers, given, said, reading, shown, named)) {
        return 1;
      }
      ModelSpec added =
          folder
              .repository()
              .add(name, given.single(), reading.options(), shown.preprocessing(), named, Map.of());
      PrintWriter out = out();
      out.println(folder.path().resolve(added.name()).resolve(added.version()));
      out.flush();
    }
    return 0;
  }

  /** What was assumed, and what was passed over, in plain words. */
  private void tell(
      String found, List<String> notes, Reading reading, PreprocessingChoice.Chosen shown) {
    PrintWriter err = err();
    err.println(found);
    shown.notes().forEach(err::println);
    notes.forEach(note -> err.println("note: " + note));
    reading.notes().forEach(note -> err.println("note: " + note));
    reading.assumptions().forEach(assumed -> err.println("assumed: " + assumed));
    @Nullable String assumed = shown.assumed();
    if (assumed != null) {
      err.println("assumed: " + assumed);
    }
    err.flush();
  }

  private boolean fits(
      Path answers,
      WeightsToAdd given,
      NetworkOptions said,
      Reading reading,
      PreprocessingChoice.Chosen shown,
      Labels named)
      throws IOException {
    if (named.count() == 0) {
      throw usage("--check compares classes, and the model has none: it gives features alone");
    }
    ExpectedAnswers expected = ExpectedAnswers.read(answers, named);
    AssumptionCheck.@Nullable Swapped swapped =
        network.bgr() != null || given.scales()
            ? null
            : new AssumptionCheck.Swapped(
                given.isBgr() ? "--no-bgr" : "--bgr",
                given.swapped(reading.options().stateDict()).file().toUri());
    @Nullable String better =
        new AssumptionCheck(given.file().toUri(), swapped, expected, err(), given::scaled)
            .run(said, reading.options(), shown.preprocessing(), shown.assumed() != null);
    if (better == null) {
      return true;
    }
    err()
        .printf(
            "not added: give %s, or say what was assumed with the same options to have it so%n",
            better);
    err().flush();
    return false;
  }

  private Labels labels(PublishedSettings published, int classes) throws ModelException {
    if (classes == 0) {
      if (labels != null) {
        throw usage(
            "--labels is %s, but the network has no classifier: it gives features alone"
                .formatted(labels));
      }
      return Labels.NONE;
    }
    Labels told = labels == null ? published.labels() : Labels.read(labels);
    if (told == null) {
      return Labels.assumed(classes);
    }
    if (told.count() != classes) {
      throw new ModelException(
          "the classifier has %d classes, but there are %d labels in %s: give one label for each class"
              .formatted(classes, told.count(), Objects.requireNonNullElse(labels, weights)));
    }
    return told;
  }
}
