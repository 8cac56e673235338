package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.PrecisionSetting;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.resnet.ResNetBuilder;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.DataSource;
import io.github.resnetserving.training.Evaluation;
import java.io.IOException;
import java.io.PrintWriter;
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
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    description = "Prints how often a model is right on labelled images.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {

  private static final int COUNTED = 5;
  private static final int AT_ONCE = 256;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description =
          "A folder or tar with one folder a class, a CSV of path,label, or CIFAR's binary archive."
              + " Of folders test, val and train the first that is there counts.")
  private Path data = Path.of("");

  @Option(
      names = "--held-out",
      description = "Only what train --seed and --validation-share hold out.")
  private boolean heldOut;

  @Option(names = "--validation-share", defaultValue = "0.1", description = "See train.")
  private double validationShare;

  @Option(names = "--seed", defaultValue = "1", description = "See train.")
  private long seed;

  @Option(
      names = "--precision",
      split = ",",
      defaultValue = "fp32",
      description =
          "What the network computes in, one line each: ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE}). The column changed counts the images whose first"
              + " answer is unlike the first line's.")
  private List<Precision> precisions = new ArrayList<>();

  @Option(
      names = "--data-free",
      description = "Evaluate int8 as it is without the model's calibration.json.")
  private boolean dataFree;

  @Override
  public Integer call() throws Exception {
    CommandSpec command = Objects.requireNonNull(spec);
    ModelSpec model = choice.find();
    if (!model.classifies()) {
      throw new ParameterException(
          command.commandLine(),
          "%s has no classifier, so that there is nothing to evaluate: it gives features alone"
              .formatted(model.name()));
    }
    try (DataSource images = DataSource.open(data)) {
      evaluate(model, images, command);
    }
    return 0;
  }

  private void evaluate(ModelSpec model, DataSource images, CommandSpec command)
      throws IOException, EngineException {
    List<Integer> index = index(images.classes(), model, command);
    List<Integer> shown =
        heldOut ? images.split(validationShare, seed).validation() : images.evaluated();
    List<Integer> labels = shown.stream().map(at -> index.get(images.label(at))).toList();
    PrintWriter out = command.commandLine().getOut();
    out.printf("%-10s %8s %8s %8s %8s%n", "precision", "images", "top-1", "top-5", "changed");
    @Nullable Evaluation first = null;
    ResNetBuilder options = ResNet.builder().device(device.setting()).dataFree(dataFree);
    for (Precision precision : precisions) {
      try (ResNet net = options.precision(PrecisionSetting.of(precision)).open(model)) {
        Evaluation result = Evaluation.of(labels, rankings(net, images, shown));
        first = first == null ? result : first;
        out.printf(
            Locale.ROOT,
            "%-10s %8d %7.2f%% %7.2f%% %8d%n",
            precision.id(),
            result.images(),
            100.0 * result.top1() / result.images(),
            100.0 * result.top5() / result.images(),
            result.changesFrom(first));
        out.flush();
      }
    }
  }

  /** Reads some images at a time: a data set may be larger than memory. */
  private static List<List<Prediction>> rankings(ResNet net, DataSource images, List<Integer> shown)
      throws IOException {
    int count = Math.min(COUNTED, net.model().labels().count());
    List<List<Prediction>> rankings = new ArrayList<>();
    for (int from = 0; from < shown.size(); from += AT_ONCE) {
      List<byte[]> files = new ArrayList<>();
      for (int position : shown.subList(from, Math.min(shown.size(), from + AT_ONCE))) {
        files.add(images.read(position));
      }
      for (Outcome<List<Prediction>> outcome : net.classify(files, count)) {
        switch (outcome) {
          case Outcome.Success<List<Prediction>>(var predictions, _) -> rankings.add(predictions);
          case Outcome.Failed<List<Prediction>>(var failure) ->
              throw new IOException(
                  "%s is no image that can be read: %s"
                      .formatted(images.name(shown.get(rankings.size())), failure.detail()));
        }
      }
    }
    return rankings;
  }

  /** The model's index of each class: folders are named by its labels or their WordNet ids. */
  private static List<Integer> index(List<String> classes, ModelSpec model, CommandSpec command) {
    return classes.stream().map(name -> position(name, model, command)).toList();
  }

  private static int position(String name, ModelSpec model, CommandSpec command) {
    List<Label> labels = model.labels().entries();
    for (int i = 0; i < labels.size(); i++) {
      if (name.equals(labels.get(i).name()) || name.equals(labels.get(i).wnid())) {
        return i;
      }
    }
    throw new ParameterException(
        command.commandLine(),
        "the folder \"%s\" matches no label or WordNet id of %s. Expected names: %s"
            .formatted(name, model.name(), ExpectedAnswers.names(model.labels())));
  }
}
