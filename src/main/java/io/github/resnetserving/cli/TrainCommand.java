package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.training.DataSource;
import io.github.resnetserving.training.TrainingPlan;
import io.github.resnetserving.training.TrainingRun;
import io.github.resnetserving.training.TrainingWishes;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "train",
    description = {
      "Trains a network on labelled images and adds it to the models, ready to be served.",
      "It starts from the best trained model that fits, and chooses what is not said so that it"
          + " ends in time. A run that was stopped goes on where it was when the same command is"
          + " given again."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainCommand extends ConsoleCommand {

  private static final int CACHE_SHARE = 2;

  @Parameters(
      arity = "0..1",
      paramLabel = "DATA",
      description =
          "A folder or tar with one folder a class, perhaps below train, val and test; a CSV of"
              + " path,label; or CIFAR's binary archive.")
  private @Nullable Path positional;

  @Option(names = "--data", paramLabel = "DATA", description = "The same.")
  private @Nullable Path option;

  @Option(
      names = "--from",
      paramLabel = "MODEL",
      description =
          "A model or a weights file to start from, whose classifier is replaced, or none for"
              + " random weights (default: the largest model that fits the images and the time).")
  private @Nullable String from;

  @Option(
      names = "--arch",
      description =
          "Start from random weights: resnet18|34|50|101|152, cifar-resnetN with N = 6n + 2, or"
              + " another network that models describe --arch knows.")
  private @Nullable String architecture;

  @Mixin private ArchitectureChoice variant = new ArchitectureChoice();

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = "Side of the images in pixels (default: what fits the images and the time).")
  private @Nullable Integer imageSize;

  @Option(
      names = "--minutes",
      defaultValue = "8",
      description =
          "What training may take where --epochs is not said (default: ${DEFAULT-VALUE}).")
  private double minutes;

  @ArgGroup(validate = false, heading = "%nThe images:%n")
  private TrainingAudit audit = new TrainingAudit();

  @ArgGroup(validate = false, heading = "%nThe recipe:%n")
  private RecipeOptions recipe = new RecipeOptions();

  @ArgGroup(validate = false, heading = "%nThe run:%n")
  private RunOptions run = new RunOptions();

  private static final class RunOptions {

    @Option(names = "--name", description = "What to call the model (default: the data's name).")
    private @Nullable String name;

    @Option(
        names = "--models-dir",
        paramLabel = "DIR",
        defaultValue = "${env:RESNET_MODELS_DIR:-models}",
        description = "Where models are, and the result is added (default: ${DEFAULT-VALUE}).")
    private Path modelsDir = Path.of("models");

    @Option(
        names = "--validation-share",
        defaultValue = "0.1",
        description =
            "Share of each class that is held out where there is no folder val (default:"
                + " ${DEFAULT-VALUE}).")
    private double validationShare;

    @Option(
        names = "--skip-unreadable",
        paramLabel = "SHARE",
        defaultValue = "0",
        description =
            "Share of the images that may be unreadable, and is then skipped and named (default:"
                + " ${DEFAULT-VALUE}).")
    private double skipped;

    @Option(
        names = "--cache-mb",
        paramLabel = "N",
        description = "Memory for decoded images (default: half of the heap).")
    private @Nullable Long cache;

    @Option(names = "--threads", description = "That compute (default: all processors).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--loaders", description = "Threads that decode (default: all processors).")
    private int loaders = Runtime.getRuntime().availableProcessors();

    @Option(
        names = "--run-dir",
        paramLabel = "DIR",
        description = "Where the run keeps its state (default: runs/NAME).")
    private @Nullable Path runDir;

    @Option(
        names = "--save-minutes",
        paramLabel = "N",
        defaultValue = "10",
        description =
            "How long a stopped run may lose; the state is also kept after each epoch (default:"
                + " ${DEFAULT-VALUE}).")
    private double saveMinutes;

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

    @Option(
        names = "--half",
        description =
            "Publish kernels in float16: half the size, the same speed. The report is about them.")
    private boolean half;

    private long cacheBytes() {
      return cache == null ? Runtime.getRuntime().maxMemory() / CACHE_SHARE : cache << 20;
    }
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter err = err();
    Path source = source();
    checkArchitecture();
    TrainingRun.Settings settings = settings(source);
    TrainingWishes wishes =
        new TrainingWishes(
            from,
            architecture,
            variant.options(),
            imageSize,
            recipe.name(),
            recipe.overrides(),
            minutes);
    wishes.checkRecipe();
    Path folder =
        run.runDir == null ? Path.of("runs", settings.name()) : Objects.requireNonNull(run.runDir);
    ModelRepository repository = new ModelRepository(run.modelsDir);
    try (DataSource data = DataSource.open(source)) {
      TrainingRun training =
          TrainingRun.of(
              data,
              folder,
              repository,
              settings,
              wishes,
              audit.curate(data, folder, repository, err));
      err.println(training.describe());
      err.flush();
      NativeRuntime.adopt(run.threads);
      TrainingPlan plan = training.plan();
      plan.reasons().forEach(reason -> err.println("  " + reason));
      err.flush();
      TrainingRun.Result result;
      try (TrainingProgress progress =
          new TrainingProgress(plan.recipe().epochs(), training.trainingImages(), err)) {
        progress.stopInOrder();
        result = training.run(plan, progress);
      }
      print(result, err, out());
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    return 0;
  }

  private void print(TrainingRun.Result result, PrintWriter err, PrintWriter out) {
    result
        .unreadable()
        .forEach((name, reason) -> err.println("skipped %s: %s".formatted(name, reason)));
    err.printf(
        Locale.ROOT,
        "%.2f %% of the held-out images are right after epoch %d, log loss %.4f%n",
        100 * result.best().validationAccuracy(),
        result.best().epoch(),
        result.best().validationLoss());
    result
        .testAccuracy()
        .ifPresent(accuracy ->
            err.printf(Locale.ROOT, "%.2f %% of the images for testing%n", 100 * accuracy));
    err.printf("Report: %s%n", result.report());
    err.printf("To use it: classify --model %s photo.jpg%n", result.model().name());
    err.flush();
    out.printf(
        "%s%n", run.modelsDir.resolve(result.model().name()).resolve(result.model().version()));
    out.flush();
  }

  private Path source() {
    if ((positional == null) == (option == null)) {
      throw usage(
          "say once where the images are: a folder or tar with one folder a class, or a CSV of"
              + " path,label");
    }
    return positional != null ? positional : Objects.requireNonNull(option);
  }

  /** Before the data is looked at. */
  private void checkArchitecture() {
    try {
      if (architecture != null) {
        Architecture.named(architecture, /* classes= */ 2, variant.options());
      } else if (variant.isGiven()) {
        throw new IllegalArgumentException(
            "--shortcut, --block and --width belong to --arch: a trained model has its own");
      }
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private TrainingRun.Settings settings(Path source) throws ModelException {
    try {
      String file = String.valueOf(source.toAbsolutePath().normalize().getFileName());
      String name = run.name == null ? name(file) : run.name;
      ModelSpec.requireName(name);
      return new TrainingRun.Settings(
          name,
          run.validationShare,
          run.cacheBytes(),
          run.skipped,
          Duration.ofMillis((long) (60_000 * run.saveMinutes)),
          run.loaders,
          Objects.requireNonNullElse(run.dataNote, file),
          run.licenseNote,
          run.half ? DType.F16 : DType.F32,
          typed());
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  /** The data's name without endings and odd characters. */
  private static String name(String file) {
    String plain =
        file.replaceFirst("(?i)\\.(tar|tgz|tar\\.gz|csv)$", "").replaceAll("[^A-Za-z0-9._-]+", "-");
    return plain.replaceAll("^[^A-Za-z0-9]+", "");
  }
}
