package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.confidence.NoveltyScore;
import io.github.resnetserving.engine.Calibrator;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.evaluation.ConfidenceFit;
import io.github.resnetserving.evaluation.Evaluator;
import io.github.resnetserving.evaluation.Sample;
import io.github.resnetserving.evaluation.Views;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Calibration;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.DataSource;
import io.github.resnetserving.training.ImageSample;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "calibrate",
    description = {
      "With --images: measures what a model's activations span and keeps it beside its weights, as"
          + " calibration.json, for int8. The images need no labels; a few hundred like those that"
          + " it will be asked about are enough.",
      "With --labels: fits a temperature on the model's answers and keeps it beside its weights, as"
          + " confidence.json, so that a probability of 0.8 is right in four of five cases. The"
          + " images must be labelled, and none that the model learnt from: a few thousand, at"
          + " least 100."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CalibrateCommand extends ConsoleCommand {

  private static final int BATCH = 8;

  @Mixin private ModelChoice choice = new ModelChoice();

  @ArgGroup(multiplicity = "1")
  private Source source = new Source();

  /** One or the other, since each writes a file of its own. */
  private static final class Source {

    @Option(
        names = "--images",
        required = true,
        paramLabel = "DIR_OR_TAR",
        description = "Images for int8, in folders or not.")
    private @Nullable Path images;

    @Option(
        names = "--labels",
        required = true,
        paramLabel = "DATA",
        description = "Labelled images for probabilities, as evaluate --data takes them.")
    private @Nullable Path labels;
  }

  @Option(
      names = "--count",
      defaultValue = "500",
      description = "With --images: how many to show, spread evenly (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--without-held-out",
      description = "With --images: leave out what train --validation-share holds out.")
  private boolean withoutHeldOut;

  @Option(
      names = "--held-out",
      description = "With --labels: only what train --validation-share holds out.")
  private boolean heldOut;

  @Option(names = "--validation-share", defaultValue = "0.1", description = "See train.")
  private double validationShare;

  @Option(
      names = "--precision",
      defaultValue = "fp32",
      description =
          "With --labels: what the network computes in (default: ${DEFAULT-VALUE}). Temperatures of"
              + " precisions differ little.")
  private Precision precision = Precision.FP32;

  @Option(
      names = "--precision-at",
      paramLabel = "SHARE",
      description =
          "With --labels: store a threshold a class, the smallest confidence from which this share"
              + " of the answers is right, such as 0.95. Answers below abstain.")
  private @Nullable Double precisionAt;

  @Option(
      names = "--abstain-below",
      paramLabel = "CONFIDENCE",
      description = "With --labels: store one threshold for all classes instead.")
  private @Nullable Double abstainBelow;

  @Option(
      names = "--novelty",
      paramLabel = "SCORE",
      description =
          "With --labels: how answers say how unfamiliar an image is. One of:"
              + " ${COMPLETION-CANDIDATES} (default: energy). nearest stores up to 2,000 features.")
  private NoveltyScore.@Nullable Kind novelty;

  @Override
  public Integer call() throws Exception {
    ModelSpec model = choice.find();
    ModelRepository.verify(model);
    Path labels = source.labels;
    if (labels != null) {
      return fit(model, labels);
    }
    if (precisionAt != null || abstainBelow != null || novelty != null || heldOut) {
      throw usage("--precision-at, --abstain-below, --novelty and --held-out need --labels DATA");
    }
    return ranges(model, Objects.requireNonNull(source.images));
  }

  private int ranges(ModelSpec model, Path folder) throws IOException, EngineException {
    if (count < 1) {
      throw usage("--count is %d: it must be at least 1".formatted(count));
    }
    List<Pixels> images =
        ImageSample.read(
            folder,
            count,
            withoutHeldOut ? validationShare : null,
            model.preprocessing(),
            new ImagePipeline(DecodePolicy.DEFAULT));
    Path file = measure(model, images).write(model);
    PrintWriter out = out();
    out.printf("%s: %d images%n", file, images.size());
    out.flush();
    return 0;
  }

  private int fit(ModelSpec model, Path labels) throws IOException {
    requireShare("--precision-at", precisionAt);
    requireShare("--abstain-below", abstainBelow);
    if (precisionAt != null && abstainBelow != null) {
      throw usage("--precision-at and --abstain-below exclude each other: both set thresholds");
    }
    if (withoutHeldOut) {
      throw usage(
          "--without-held-out keeps the images that the model learnt from, on which it is surer"
              + " than on others: --labels needs --held-out");
    }
    ConfidenceFile.requireFolder(model);
    ConfidenceFit.Wishes wishes =
        new ConfidenceFit.Wishes(
            novelty == null ? NoveltyScore.Kind.ENERGY : novelty, precisionAt, abstainBelow);
    List<Sample> samples = new ArrayList<>();
    try (DataSource data = DataSource.open(labels);
        Evaluator evaluator =
            Evaluator.open(
                model,
                EngineOptions.ofMachine(/* maxBatch= */ 1).in(precision),
                new Views.CenterCrop())) {
      List<Sample.Image> images =
          EvaluateCommand.images(
              model.labels(),
              data,
              heldOut ? data.split(validationShare).validation() : data.evaluated());
      try (ProgressBar bar = TrainingProgress.bar("calibrate", images.size())) {
        evaluator.run(
            images.stream(),
            sample -> {
              samples.add(wishes.needed(sample));
              bar.step();
            });
      }
    }
    try {
      print(model, ConfidenceFit.write(model, precision.id(), samples, wishes));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
    return 0;
  }

  private void requireShare(String option, @Nullable Double value) {
    if (value != null && !(value > 0 && value < 1)) {
      throw usage("%s is %s: it must be between 0 and 1".formatted(option, value));
    }
  }

  private void print(ModelSpec model, ConfidenceFile file) {
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "temperature %.4f, fitted on %d images%n"
            + "log loss %.4f before, %.4f after%n"
            + "expected calibration error %.2f%% before, %.2f%% after; each half at the temperature"
            + " of the other%n",
        file.temperature(),
        file.images(),
        file.before().logLoss(),
        file.after().logLoss(),
        100 * file.before().calibrationError(),
        100 * file.after().calibrationError());
    if (file.precisionAt() != null) {
      for (int i = 0; i < file.thresholds().size(); i++) {
        Double threshold = file.thresholds().get(i);
        out.printf(
            Locale.ROOT,
            "%s: %s%n",
            model.labels().get(i).name(),
            threshold == null
                ? "no confidence reaches the precision: its answers always abstain"
                : String.format(Locale.ROOT, "abstains below %.4f", threshold));
      }
    }
    out.flush();
  }

  private static Calibration measure(ModelSpec model, List<Pixels> images)
      throws IOException, EngineException {
    NativeRuntime.adopt(Runtime.getRuntime().availableProcessors());
    try (NetworkFile weights = NetworkFile.open(model.weights(), model.network());
        Calibrator calibrator = Calibrator.load(weights.network(), model.preprocessing());
        ProgressBar bar = TrainingProgress.bar("calibrate", images.size())) {
      for (int from = 0; from < images.size(); from += BATCH) {
        int to = Math.min(images.size(), from + BATCH);
        calibrator.observe(images.subList(from, to));
        bar.stepTo(to);
      }
      return Calibration.of(model, images.size(), calibrator.ranges());
    }
  }
}
