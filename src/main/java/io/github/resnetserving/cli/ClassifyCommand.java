package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.cli.output.CompletedIds;
import io.github.resnetserving.cli.output.FeatureSink;
import io.github.resnetserving.cli.output.LineFile;
import io.github.resnetserving.cli.output.PredictionFormat;
import io.github.resnetserving.cli.output.Sink;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.resnet.ResNet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    name = "classify",
    description = "Prints the labels and probabilities of photographs.",
    mixinStandardHelpOptions = true)
final class ClassifyCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Labels to print for each file; 5, or all where there are fewer.")
  private @Nullable Integer topK;

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
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter err = command.commandLine().getErr();
    ModelSpec model = choice.find();
    if (!model.classifies()) {
      throw new ParameterException(
          command.commandLine(),
          "%s has no classifier, so that it names no classes: ask for its features"
              .formatted(model.name()));
    }
    int k = topK == null ? Math.min(5, model.labels().count()) : topK;
    if (k < 1 || k > model.labels().count()) {
      throw new ParameterException(
          command.commandLine(),
          "--top-k is %d: %s has %d classes".formatted(k, model.name(), model.labels().count()));
    }
    Path file = out;
    if (file == null) {
      Printer printer = new Printer(command.commandLine().getOut(), err);
      run(model, k, new CompletedIds(), printer, err);
      printer.end();
      return printer.failures == 0 ? 0 : 1;
    }
    try (LineFile lines = new LineFile(file)) {
      FileSink sink = new FileSink(lines, err);
      run(model, k, lines.done(), sink, err);
      return sink.failures == 0 ? 0 : 1;
    }
  }

  private void run(
      ModelSpec model, int k, CompletedIds done, Sink<List<Prediction>> sink, PrintWriter err)
      throws IOException {
    try (ResNet net =
            ResNet.builder().device(device.setting()).batch(RunInput.batch(files)).open(model);
        RunInput input = new RunInput(files, done, err)) {
      input.run(image -> net.classify(List.of(image), k).getFirst(), sink);
    }
  }

  /** Prints results, and failures on standard error. */
  private final class Printer implements Sink<List<Prediction>> {

    private final PrintWriter results;
    private final PrintWriter err;
    private boolean begun;
    private int failures;

    Printer(PrintWriter results, PrintWriter err) {
      this.results = results;
      this.err = err;
    }

    @Override
    public void put(String id, List<Prediction> predictions) {
      results.print(begun ? format.between() : format.before());
      begun = true;
      results.print(format.format(new PredictionFormat.Item(id, predictions)));
    }

    @Override
    public void fail(String id, String error) {
      err.println(id + ": " + error);
      failures++;
    }

    @Override
    public void flush() {
      results.flush();
    }

    void end() {
      results.print(begun ? format.after() : format.before() + format.after());
      results.flush();
    }
  }

  /** Writes results and failures into a file, and failures on standard error as well. */
  private static final class FileSink implements Sink<List<Prediction>> {

    private final LineFile lines;
    private final PrintWriter err;
    private int failures;

    FileSink(LineFile lines, PrintWriter err) {
      this.lines = lines;
      this.err = err;
    }

    @Override
    public void put(String id, List<Prediction> predictions) throws IOException {
      lines.put(PredictionFormat.wire(new PredictionFormat.Item(id, predictions)));
    }

    @Override
    public void fail(String id, String error) throws IOException {
      err.println(id + ": " + error);
      lines.put(FeatureSink.failure(id, error));
      failures++;
    }

    @Override
    public void flush() throws IOException {
      lines.flush();
    }
  }
}
