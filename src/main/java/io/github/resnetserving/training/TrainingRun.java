package io.github.resnetserving.training;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.evaluation.ReportSection;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.DataSource.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * From labelled images to a model that can be served: plans, trains, and adds the best weights to
 * the repository. A run that was killed goes on in its folder when it is started again.
 *
 * <p>Belongs to one thread, which must have adopted the native engine.
 */
public final class TrainingRun {

  /** Hears how a run goes. Called on the training thread. */
  public interface Listener {

    /**
     * After each step.
     *
     * @param epoch counted from 1
     * @param images images seen in this epoch so far
     * @param loss mean of this epoch so far
     * @param accuracy share right in this epoch so far
     */
    default void onStep(int epoch, int images, double loss, double accuracy) {}

    /** After each epoch's validation. */
    default void onEpoch(EpochResult result) {}

    /** Whether the run shall end after this step; its state is then kept. */
    default boolean isStopping() {
      return false;
    }
  }

  /**
   * What does not change how well a network learns.
   *
   * @param name what requests will call the model
   * @param validationShare share of each class that is held out where the data says nothing
   * @param cacheBytes of decoded images in memory
   * @param skippedShare share of images that may be unreadable
   * @param saveEvery how much time a kill may cost
   * @param loaders threads that decode and augment
   * @param dataNote where the images come from, in words
   * @param license of the result, in words
   * @param weights element type of the published kernels: float32 or float16
   * @param command that started the run, for its report
   */
  public record Settings(
      String name,
      double validationShare,
      long cacheBytes,
      double skippedShare,
      Duration saveEvery,
      int loaders,
      String dataNote,
      String license,
      DType weights,
      String command) {

    public Settings {
      if (!(validationShare > 0 && validationShare < 1)) {
        throw new IllegalArgumentException(
            "the validation share is %s: it must be between 0 and 1".formatted(validationShare));
      }
      if (!(skippedShare >= 0 && skippedShare < 1)) {
        throw new IllegalArgumentException(
            "the share of unreadable images is %s: it must be from 0 to below 1"
                .formatted(skippedShare));
      }
    }
  }

  /**
   * What a finished run has to say.
   *
   * @param model ready to be served
   * @param best the epoch whose weights it has
   * @param testAccuracy on the images for testing, where the data has some
   * @param report the HTML file about the result
   * @param unreadable images that were skipped, with the reasons
   */
  public record Result(
      ModelSpec model,
      EpochResult best,
      OptionalDouble testAccuracy,
      Path report,
      Map<String, String> unreadable) {}

  private final DataSource data;
  private final Path folder;
  private final ModelRepository repository;
  private final Settings settings;
  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
  private final TrainingWishes wishes;
  private final Split split;
  private final List<ReportSection> sections;
  private final DataSummary summary;

  private TrainingRun(
      DataSource data,
      Path folder,
      ModelRepository repository,
      Settings settings,
      TrainingWishes wishes,
      Split split,
      List<ReportSection> sections,
      DataSummary summary) {
    this.data = data;
    this.folder = folder;
    this.repository = repository;
    this.settings = settings;
    this.wishes = wishes;
    this.split = split;
    this.sections = sections;
    this.summary = summary;
  }

  /**
   * Looks at the data.
   *
   * @param folder where the run's state is kept
   * @param curation what to do about images that an audit has found
   * @throws IOException if the data cannot be learnt from; the message says why
   */
  public static TrainingRun of(
      DataSource data,
      Path folder,
      ModelRepository repository,
      Settings settings,
      TrainingWishes wishes,
      Curation curation)
      throws IOException {
    Split split = data.curated(data.split(settings.validationShare()), curation);
    ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
    return new TrainingRun(
        data,
        folder,
        repository,
        settings,
        wishes,
        split,
        curation.sections(),
        DataSummary.of(data, split, pipeline));
  }

  /** Whether a run in this folder has begun and not ended, so that it will go on. */
  public static boolean isBegun(Path folder) {
    return PlanFile.isIn(folder);
  }

  /** What the look at the data told. */
  public String describe() {
    String held =
        data.positions(Part.VALIDATION).isEmpty()
            ? "%,d held out".formatted(split.validation().size())
            : "%,d for validation".formatted(split.validation().size());
    int test = data.positions(Part.TEST).size();
    String uneven =
        summary.most() > 3 * summary.fewest()
            ? "%nclasses have %,d to %,d images: --class-weights makes the rare ones count more"
                .formatted(summary.fewest(), summary.most())
            : "";
    return "%,d images of %d classes: %,d to learn from, %s%s; short edge %d pixels%s"
        .formatted(
            summary.images(),
            summary.classes(),
            split.training().size(),
            held,
            test > 0 ? ", %,d for testing".formatted(test) : "",
            summary.shortEdge(),
            uneven);
  }

  /** A time as a person says it. */
  public static String inWords(double minutes) {
    return TrainingPlanner.inWords(minutes);
  }

  /** Images to learn from. */
  public int trainingImages() {
    return split.training().size();
  }

  /**
   * Chooses what nobody has chosen, or reads what was chosen when this run began.
   *
   * @throws IOException if the folder holds another run
   */
  public TrainingPlan plan() throws IOException {
    Files.createDirectories(folder);
    PlanFile file = new PlanFile(folder, wishes);
    Optional<TrainingPlan> begun = file.read(repository, summary.classes());
    if (begun.isPresent()) {
      return begun.get();
    }
    TrainingPlan plan =
        new TrainingPlanner(repository, this::time, NativeRuntime.isNative(Precision.BF16))
            .plan(summary, split, wishes);
    UpdateRules.of(plan.start().topology(), plan.recipe(), data.perClass(split.training()));
    file.write(plan);
    return plan;
  }

  /** The warm-up: some steps on real images, in a precision that this processor computes in. */
  private double time(StartingPoint start, Preprocessing preprocessing, Recipe recipe)
      throws IOException {
    try {
      NativeRuntime.check(recipe.precision());
    } catch (EngineException e) {
      throw new IOException(e.getMessage(), e);
    }
    TrainingSet set = set(preprocessing, recipe);
    WarmUp warmUp = new WarmUp(set, recipe, settings.loaders());
    return warmUp.secondsPerImage(start.topology(), start.tensors(recipe));
  }

  private TrainingSet set(Preprocessing preprocessing, Recipe recipe) {
    return new TrainingSet(
        data,
        split,
        preprocessing,
        recipe,
        pipeline,
        settings.cacheBytes(),
        settings.skippedShare());
  }

  /** Trains, and adds the best weights to the repository with a model card. */
  public Result run(TrainingPlan plan, Listener listener) throws IOException {
    TrainingSet set = set(plan.preprocessing(), plan.recipe());
    Trainer trainer =
        new Trainer(
            plan.start().topology(),
            set,
            plan.recipe(),
            settings.saveEvery(),
            settings.loaders(),
            listener);
    Path state = folder.resolve("state.safetensors");
    RunState end = trainer.run(state, plan.start().tensors(plan.recipe()));
    OptionalDouble test = test(plan, set, end);
    ModelSpec model = new Publication(plan, set, settings, end, test).publish(repository, folder);
    Files.deleteIfExists(state);
    new PlanFile(folder, wishes).delete();
    Path report =
        new RunReport(
                data,
                evaluated(),
                split.validation(),
                set.unreadable().keySet(),
                settings,
                end.history(),
                sections)
            .write(model, folder.resolve("report"));
    EpochResult best = plan.recipe().keepLast() ? end.history().getLast() : end.bestEpoch();
    return new Result(model, best, test, report, set.unreadable());
  }

  /** What the report is about: the images for testing where there are some. */
  private List<Integer> evaluated() {
    List<Integer> test = data.positions(Part.TEST);
    return test.isEmpty() ? split.validation() : test;
  }

  private OptionalDouble test(TrainingPlan plan, TrainingSet set, RunState end) throws IOException {
    List<Integer> positions = data.positions(Part.TEST);
    if (positions.isEmpty()) {
      return OptionalDouble.empty();
    }
    try (TrainableNetwork network =
            TrainableNetwork.load(
                set.program(plan.start().topology(), plan.recipe()),
                plan.start().topology().classes(),
                end.best());
        ExecutorService pool = Executors.newFixedThreadPool(settings.loaders())) {
      return OptionalDouble.of(set.score(network, positions, pool, plan.recipe()).accuracy());
    }
  }
}
