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
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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
              new TrainingWishes(
                  from,
                  architecture,
                  variant.options(),
                  imageSize,
                  recipe.name,
                  recipe.overrides(),
                  minutes));
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

  /** Fields of the recipe that may be said on the command line. */
  private static final class RecipeOptions {

    @Option(
        names = "--recipe",
        paramLabel = "NAME|FILE",
        description =
            "default, progressive, fine-tune, keras-fine-tune, he2015, he2015-cifar, cifar, or a"
                + " .json (default: fine-tune from a model, else cifar for images up to 48 pixels,"
                + " else default).")
    private @Nullable String name;

    @Option(names = "--epochs", description = "Default: as many as --minutes allows.")
    private @Nullable String epochs;

    @Option(names = "--batch-size", description = "Default: the recipe's, less for few images.")
    private @Nullable String batchSize;

    @Option(names = "--learning-rate", description = "The highest one (default: the recipe's).")
    private @Nullable String learningRate;

    @Option(
        names = "--schedule",
        description =
            "one-cycle, cosine, step, plateau, inverse or constant (default: the recipe's).")
    private @Nullable String schedule;

    @Option(names = "--optimizer", description = "sgd or adamw (default: the recipe's).")
    private @Nullable String optimizer;

    @Option(names = "--weight-decay", description = "Default: the recipe's.")
    private @Nullable String weightDecay;

    @Option(names = "--label-smoothing", description = "Default: the recipe's.")
    private @Nullable String labelSmoothing;

    @Option(names = "--mixup", paramLabel = "ALPHA", description = "Default: the recipe's.")
    private @Nullable String mixup;

    @Option(names = "--cutmix", paramLabel = "ALPHA", description = "Default: the recipe's.")
    private @Nullable String cutmix;

    @Option(
        names = "--average",
        paramLabel = "DECAY",
        description = "Of a moving average of the weights; 0 for none (default: the recipe's).")
    private @Nullable String average;

    @Option(names = "--class-weights", description = "Rare classes count more.")
    private boolean classWeights;

    @Option(
        names = "--freeze",
        paramLabel = "STAGES",
        description =
            "Parts that stay as they are, with their batch norms' statistics: 1 is the stem, 2 the"
                + " stem and the first stage, and so on (default: the recipe's).")
    private @Nullable String freeze;

    @Option(
        names = "--stage-rates",
        paramLabel = "FACTORS",
        description =
            "Factors of the learning rate, with commas: one for all and one for the classifier, or"
                + " one each for stem, stages and classifier (default: the recipe's).")
    private @Nullable String stageRates;

    @Option(
        names = "--early-stop",
        paramLabel = "EPOCHS",
        description = "End after so many epochs that are no better; 0 for never.")
    private @Nullable String earlyStop;

    @Option(names = "--keep-last", description = "Keep the last weights, not the best.")
    private boolean keepLast;

    @Option(
        names = "--bf16",
        arity = "1",
        paramLabel = "true|false",
        description =
            "Compute convolutions in bfloat16 (default: where the processor has instructions for"
                + " it).")
    private @Nullable Boolean bf16;

    @Option(
        names = "--zero-last-gamma",
        description = "Random weights begin with each block as its shortcut, its last scale zero.")
    private boolean zeroLastGamma;

    @Option(names = "--seed", description = "Default: 1.")
    private @Nullable String seed;

    @Option(
        names = "--set",
        paramLabel = "FIELD=JSON",
        description = "Any field of the recipe, such as augmentation='[{\"kind\": \"flip\"}]'.")
    private Map<String, String> fields = new TreeMap<>();

    private Map<String, String> overrides() {
      Map<String, String> all = new TreeMap<>(fields);
      put(all, "epochs", epochs);
      put(all, "batch_size", batchSize);
      put(all, "learning_rate", learningRate);
      put(all, "schedule", schedule);
      put(all, "optimizer", optimizer);
      put(all, "weight_decay", weightDecay);
      put(all, "label_smoothing", labelSmoothing);
      put(all, "mixup", mixup);
      put(all, "cutmix", cutmix);
      put(all, "average", average);
      put(all, "class_weights", classWeights ? "true" : null);
      put(all, "freeze", freeze);
      put(all, "stage_rates", stageRates == null ? null : "[" + stageRates + "]");
      put(all, "early_stop", earlyStop);
      put(all, "keep_last", keepLast ? "true" : null);
      put(all, "bf16", bf16 == null ? null : bf16.toString());
      put(all, "zero_last_gamma", zeroLastGamma ? "true" : null);
      put(all, "seed", seed);
      return all;
    }

    private static void put(Map<String, String> all, String field, @Nullable String value) {
      if (value != null) {
        all.put(field, value.replace('_', '-'));
      }
    }
  }
}
