package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.engine.PrecisionSetting;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.resnet.ResNetBuilder;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.Evaluation;
import io.github.resnetserving.training.ImageSets;
import io.github.resnetserving.training.LabelledImages;
import io.github.resnetserving.training.Split;
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

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR_OR_TAR",
      description = "One folder a class, or CIFAR-10's binary archive.")
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
    LabelledImages all = relabel(ImageSets.encoded(data, model.preprocessing()), model, command);
    LabelledImages shown = heldOut ? all.select(split(all).validation()) : all;
    PrintWriter out = command.commandLine().getOut();
    out.printf("%-10s %8s %8s %8s %8s%n", "precision", "images", "top-1", "top-5", "changed");
    @Nullable Evaluation first = null;
    ResNetBuilder options = ResNet.builder().device(device.setting()).dataFree(dataFree);
    for (Precision precision : precisions) {
      try (ResNet net = options.precision(PrecisionSetting.of(precision)).open(model)) {
        Evaluation result = Evaluation.of(shown.labels(), rankings(net, shown));
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
    return 0;
  }

  private static List<List<Prediction>> rankings(ResNet net, LabelledImages shown)
      throws IOException {
    int count = Math.min(COUNTED, net.model().labels().count());
    List<List<Prediction>> rankings = new ArrayList<>();
    for (Outcome<List<Prediction>> outcome : net.classify(shown.images(), count)) {
      switch (outcome) {
        case Outcome.Success<List<Prediction>>(var predictions, _) -> rankings.add(predictions);
        case Outcome.Failed<List<Prediction>>(var failure) ->
            throw new IOException(
                "%s is no image that can be read: %s"
                    .formatted(shown.names().get(rankings.size()), failure.detail()));
      }
    }
    return rankings;
  }

  private Split split(LabelledImages all) {
    int classes = all.labels().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
    return Split.stratified(all.labels(), classes, validationShare, seed);
  }

  /** Labels as the model counts them: folders are named by its labels or their WordNet ids. */
  private static LabelledImages relabel(LabelledImages set, ModelSpec model, CommandSpec command) {
    List<Integer> index = new ArrayList<>();
    for (String name : set.classes()) {
      index.add(position(name, model, command));
    }
    return new LabelledImages(
        set.names(), set.images(), set.labels().stream().map(index::get).toList(), set.classes());
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
