package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.cli.output.PredictionFormat;
import io.github.resnetserving.cli.output.Sink;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.resnet.ResNet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "classify",
    description = "Prints the labels and probabilities of photographs.",
    mixinStandardHelpOptions = true)
final class ClassifyCommand extends ConsoleCommand {

  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();
  @Mixin private Sharding sharding = new Sharding();

  @Option(
      names = "--head",
      paramLabel = "HEAD",
      description = "Tell the classes of this head of the model.")
  private @Nullable String headName;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Labels to print for each file; 5, or all where there are fewer.")
  private @Nullable Integer topK;

  @Option(
      names = "--plain",
      description = "The plain softmax, even where the model stores a temperature.")
  private boolean plain;

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "One of: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private PredictionFormat format = PredictionFormat.TABLE;

  @Option(
      names = "--out",
      paramLabel = "FILE.ndjson",
      description = "Writes lines of JSON there; given again, goes on where it was interrupted.")
  private @Nullable Path out;

  @Parameters(
      paramLabel = "FILE_OR_DIR",
      arity = "1..*",
      description = "Photographs, folders of them, or - for one on standard input.")
  private List<String> files = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    PrintWriter err = err();
    ModelSpec model = choice.find();
    String asked = headName;
    Optional<Head> head =
        asked == null ? Optional.empty() : Optional.of(choice.heads().find(model, asked));
    if (!model.classifies() && head.isEmpty()) {
      throw usage(
          "%s has no classifier, so that it names no classes: ask for its features"
              .formatted(model.name()));
    }
    int classes = head.map(Head::labels).orElse(model.labels()).count();
    int k = topK == null ? Math.min(5, classes) : topK;
    if (k < 1 || k > classes) {
      throw usage(
          "--top-k is %d: %s has %d classes"
              .formatted(k, head.map(Head::name).orElse(model.name()), classes));
    }
    String question =
        "classify "
            + k
            + head.map(h -> " " + h.facts().digest()).orElse("")
            + (plain ? " plain" : "");
    try (Sharding shards = sharding;
        Sink<List<Prediction>> sink = sink(shards.begin(out, files, model, question));
        ResNet net =
            ResNet.builder()
                .device(device.setting())
                .batch(RunInput.batch(files))
                .plain(plain)
                .open(model);
        RunInput input = new RunInput(files, shards::has, sink.done(), err)) {
      input.run(
          image ->
              (head.isPresent()
                      ? net.classify(List.of(image), k, head.get())
                      : net.classify(List.of(image), k))
                  .getFirst(),
          sink);
      return shards.end(sink, err);
    }
  }

  private Sink<List<Prediction>> sink(@Nullable Path file) throws IOException {
    return file == null
        ? new Printer(out(), err())
        : Sink.lines(file, PredictionFormat::wire, err());
  }

  /** Prints results, and failures on standard error. */
  private final class Printer extends Sink<List<Prediction>> {

    private final PrintWriter results;
    private boolean begun;

    Printer(PrintWriter results, PrintWriter err) {
      super(err);
      this.results = results;
    }

    @Override
    public void put(String id, List<Prediction> predictions) {
      results.print(begun ? format.between() : format.before());
      begun = true;
      results.print(format.format(id, predictions));
    }

    @Override
    public void flush() {
      results.flush();
    }

    @Override
    public void complete() {
      results.print(begun ? format.after() : format.before() + format.after());
      results.flush();
    }
  }
}
