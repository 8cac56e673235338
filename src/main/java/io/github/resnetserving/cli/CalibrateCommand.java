package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.engine.Calibrator;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Calibration;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.training.ImageSample;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "calibrate",
    description = {
      "Measures what a model's activations span on images and keeps it beside its weights, as"
          + " calibration.json, for int8.",
      "The images need no labels; a few hundred like those that it will be asked about are enough."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CalibrateCommand extends ConsoleCommand {

  private static final int BATCH = 8;

  @Mixin private ModelChoice choice = new ModelChoice();

  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR_OR_TAR",
      description = "Images, in folders or not.")
  private Path folder = Path.of("");

  @Option(
      names = "--count",
      defaultValue = "500",
      description = "How many to show, spread evenly (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--without-held-out",
      description = "Leave out what train --seed and --validation-share hold out.")
  private boolean withoutHeldOut;

  @Option(names = "--validation-share", defaultValue = "0.1", description = "See train.")
  private double validationShare;

  @Option(names = "--seed", defaultValue = "1", description = "See train.")
  private long seed;

  @Override
  public Integer call() throws Exception {
    if (count < 1) {
      throw usage("--count is %d: it must be at least 1".formatted(count));
    }
    ModelSpec model = choice.find();
    ModelRepository.verify(model);
    List<Pixels> images =
        ImageSample.read(
            folder,
            count,
            withoutHeldOut ? new ImageSample.HeldOut(validationShare, seed) : null,
            model.preprocessing(),
            new ImagePipeline(DecodePolicy.DEFAULT));
    Path file = measure(model, images).write(model);
    PrintWriter out = out();
    out.printf("%s: %d images%n", file, images.size());
    out.flush();
    return 0;
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
