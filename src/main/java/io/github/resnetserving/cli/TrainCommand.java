package io.github.resnetserving.cli;

import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.training.ImageSet;
import io.github.resnetserving.training.ImageSets;
import io.github.resnetserving.training.Recipe;
import io.github.resnetserving.training.Schedule;
import io.github.resnetserving.training.TrainingJob;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description = {
      "Trains a network from random weights and adds it to the models.",
      "A run that was stopped goes on where it was when the same command is given again."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainCommand implements Callable<Integer> {

  private static final double WARMUP = 0.25;

  private enum ScheduleName {
    ONE_CYCLE,
    STEP
  }

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--arch",
      defaultValue = "cifar-resnet20",
      description =
          "resnet18|34|50|101|152, or cifar-resnetN, N = 6n + 2 (default: ${DEFAULT-VALUE}).")
  private String architecture = "";

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR_OR_TAR",
      description = "One folder a class, or CIFAR-10's binary archive.")
  private Path data = Path.of("");

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = "Side of the images in pixels; 224, or 32 for the CIFAR nets.")
  private @Nullable Integer imageSize;

  @Option(names = "--epochs", defaultValue = "30", description = "Default: ${DEFAULT-VALUE}.")
  private int epochs;

  @Option(names = "--batch-size", defaultValue = "128", description = "Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(
      names = "--schedule",
      defaultValue = "one_cycle",
      description =
          "${COMPLETION-CANDIDATES}: one cycle, or divided by ten at half and three quarters"
              + " (default: ${DEFAULT-VALUE}).")
  private ScheduleName schedule = ScheduleName.ONE_CYCLE;

  @Option(
      names = "--learning-rate",
      defaultValue = "0.3",
      description = "The highest one (default: ${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(names = "--momentum", defaultValue = "0.9", description = "Default: ${DEFAULT-VALUE}.")
  private double momentum;

  @Option(
      names = "--weight-decay",
      defaultValue = "1e-4",
      description = "Default: ${DEFAULT-VALUE}.")
  private double weightDecay;

  @Option(
      names = "--validation-share",
      defaultValue = "0.1",
      description = "Share of each class that is held out (default: ${DEFAULT-VALUE}).")
  private double validationShare;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--threads", description = "Default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--name", description = "What to call the model (default: the architecture).")
  private @Nullable String name;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "${env:RESNET_MODELS_DIR:-models}",
      description = "Where the model is added (default: ${DEFAULT-VALUE}).")
  private Path modelsDir = Path.of("models");

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "Where the run keeps its state (default: runs/NAME).")
  private @Nullable Path runDir;

  @Option(
      names = "--data-note",
      paramLabel = "TEXT",
      description = "Where the images come from, for the model card (default: the file's name).")
  private @Nullable String dataNote;

  @Option(
      names = "--license-note",
      paramLabel = "TEXT",
      defaultValue = "not stated",
      description = "Licence of the result, for the model card.")
  private String licenseNote = "";

  @Override
  public Integer call() throws Exception {
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter err = command.commandLine().getErr();
    TrainingJob job = job(command);
    err.println("reading " + data);
    ImageSet images =
        ImageSets.read(data, job.preprocessing(), new ImagePipeline(DecodePolicy.DEFAULT));
    err.printf("%,d images of %d classes%n", images.count(), images.classes().size());
    Path run = runDir == null ? Path.of("runs", job.name()) : runDir;
    NativeRuntime.adopt(threads);
    int perEpoch = job.split(images).training().size();
    ModelSpec model;
    try (TrainingProgress progress = new TrainingProgress(epochs, perEpoch, err)) {
      model = job.run(images, run, new ModelRepository(modelsDir), progress);
    }
    PrintWriter out = command.commandLine().getOut();
    out.printf("%s%n", modelsDir.resolve(model.name()).resolve(model.version()));
    out.flush();
    return 0;
  }

  private TrainingJob job(CommandSpec command) {
    try {
      Topology topology = Architecture.named(architecture, /* classes= */ 2);
      int size = imageSize == null ? Architecture.imageSize(topology) : imageSize;
      Normalization normalization =
          topology.pooled() ? Normalization.IMAGENET : Normalization.CIFAR10;
      Schedule rate =
          switch (schedule) {
            case ONE_CYCLE -> new Schedule.OneCycle(learningRate, WARMUP);
            case STEP -> new Schedule.Step(learningRate);
          };
      return new TrainingJob(
          Objects.requireNonNullElse(name, architecture),
          architecture,
          new Recipe(epochs, batchSize, rate, momentum, weightDecay, seed),
          new Preprocessing(size, Interpolation.BILINEAR, size, normalization),
          validationShare,
          Objects.requireNonNullElse(dataNote, data.getFileName().toString()),
          licenseNote);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
