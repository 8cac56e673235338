package io.github.resnetserving.cli;

import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Prediction;
import io.github.resnetserving.ranking.Ranking;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

  private final ModelLoader loader;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ModelChoice choice = new ModelChoice();

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

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Photographs.")
  private List<Path> files = new ArrayList<>();

  ClassifyCommand(ModelLoader loader) {
    this.loader = loader;
  }

  @Override
  public Integer call() throws Exception {
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter out = command.commandLine().getOut();
    PrintWriter err = command.commandLine().getErr();
    ModelSpec model = choice.find();
    int k = topK == null ? Math.min(5, model.labels().count()) : topK;
    if (k < 1 || k > model.labels().count()) {
      throw new ParameterException(
          command.commandLine(),
          "--top-k is %d: %s has %d classes".formatted(k, model.name(), model.labels().count()));
    }
    ImagePipeline images = new ImagePipeline(DecodePolicy.DEFAULT);
    int failures = 0;
    List<PredictionFormat.Item> items = new ArrayList<>();
    try (InferenceEngine engine = loader.load(model, EngineOptions.ofMachine(1))) {
      for (Path file : files) {
        try {
          Pixels crop = images.prepare(Files.readAllBytes(file), model.preprocessing()).crop();
          NetworkOutput output = engine.run(List.of(crop)).getFirst();
          List<Prediction> ranking = Ranking.top(output.logits(), model.labels(), k);
          items.add(new PredictionFormat.Item(file.toString(), ranking));
        } catch (ImageException e) {
          err.println(file + ": " + e.getMessage());
          failures++;
        } catch (IOException e) {
          err.printf(Locale.ROOT, "%s: cannot be read (%s)%n", file, e.getClass().getSimpleName());
          failures++;
        }
      }
    }
    out.print(format.format(items));
    out.flush();
    return failures == 0 ? 0 : 1;
  }
}
