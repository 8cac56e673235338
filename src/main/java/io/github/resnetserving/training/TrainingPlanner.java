package io.github.resnetserving.training;

import io.github.resnetserving.graph.ArchitectureOptions;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what a person has not: what to start from, the size of images, the batch and the number
 * of epochs, so that training ends in a given time on this machine.
 */
final class TrainingPlanner {

  /** Times a training step. */
  interface Stopwatch {
    /** Seconds for each image, learning from it; decoded before. */
    double secondsPerImage(StartingPoint start, Preprocessing preprocessing, Recipe recipe)
        throws IOException;
  }

  /** Photographs of this size and below are taken for those of small data sets such as CIFAR. */
  private static final int SMALL = 48;

  private static final int CIFAR = 32;
  private static final int LEAST_PHOTOGRAPH = 96;
  private static final int FEWEST_EPOCHS = 3;
  private static final int MOST_EPOCHS_TRAINED = 20;
  private static final int MOST_EPOCHS_RANDOM = 60;
  private static final int STEPS_PER_EPOCH = 8;

  /** An image is validated in a third of the time in which it is learnt. */
  private static final double VALIDATION = 1 / 3.0;

  /** For what the warm-up does not see: the state's files, other programs. */
  private static final double MARGIN = 1.15;

  private final ModelRepository repository;
  private final Stopwatch stopwatch;
  private final boolean bf16;

  /**
   * @param bf16 whether this machine computes in bfloat16 with instructions of its own
   */
  TrainingPlanner(ModelRepository repository, Stopwatch stopwatch, boolean bf16) {
    this.repository = repository;
    this.stopwatch = stopwatch;
    this.bf16 = bf16;
  }

  TrainingPlan plan(DataSummary data, Split split, TrainingWishes wishes) throws IOException {
    @Nullable TrainingPlan fallback = null;
    for (StartingPoint start : starts(data, wishes)) {
      for (int side : sides(start, data, wishes)) {
        TrainingPlan plan = plan(start, side, data, split, wishes);
        if (plan.recipe().epochs() >= FEWEST_EPOCHS || wishes.overrides().containsKey("epochs")) {
          return plan;
        }
        fallback = plan;
      }
    }
    if (fallback == null) {
      throw new IllegalStateException("there is nothing to start from");
    }
    Recipe few = fallback.recipe().withEpochs(FEWEST_EPOCHS);
    double minutes = FEWEST_EPOCHS * fallback.minutesPerEpoch();
    List<String> reasons = new ArrayList<>(fallback.reasons());
    reasons.removeLast();
    reasons.add(epochs(few, wishes, minutes) + "; fewer would learn too little");
    return new TrainingPlan(
        fallback.start(),
        fallback.preprocessing(),
        fallback.recipeName(),
        few,
        fallback.minutesPerEpoch(),
        reasons);
  }

  /** What may be started from, the best first. */
  private List<StartingPoint> starts(DataSummary data, TrainingWishes wishes) throws IOException {
    String from = wishes.from();
    String architecture = wishes.architecture();
    if (from != null && !from.equals(TrainingWishes.NONE)) {
      return List.of(StartingPoint.named(from, repository, data.classes()));
    }
    if (architecture != null) {
      return List.of(StartingPoint.random(architecture, wishes.options(), data.classes()));
    }
    List<StartingPoint> starts = new ArrayList<>();
    if (from == null) {
      for (String name : repository.names()) {
        repository.find(name).flatMap(model -> fit(model, data)).ifPresent(starts::add);
      }
      starts.sort(Comparator.comparingLong(StartingPoint::parameters).reversed());
    }
    if (starts.isEmpty()) {
      starts.add(
          StartingPoint.random(
              data.shortEdge() <= SMALL ? "cifar-resnet20" : "resnet18",
              ArchitectureOptions.USUAL,
              data.classes()));
    }
    return starts;
  }

  /**
   * None where the model is for images of another kind, small ones or photographs, or damaged. To
   * enlarge small images costs time, and photographs lose what a network for small images cannot
   * see.
   */
  private static Optional<StartingPoint> fit(ModelSpec model, DataSummary data) {
    int crop = model.preprocessing().crop();
    if (data.shortEdge() <= SMALL
        ? crop > SMALL || crop < Math.min(data.shortEdge(), CIFAR)
        : crop < Math.min(data.shortEdge(), LEAST_PHOTOGRAPH)) {
      return Optional.empty();
    }
    try {
      return Optional.of(StartingPoint.of(model, data.classes()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The sizes to try, the best first. */
  private static List<Integer> sides(StartingPoint start, DataSummary data, TrainingWishes wishes) {
    if (wishes.imageSize() != null) {
      return List.of(wishes.imageSize());
    }
    int own = start.preprocessing().crop();
    if (own <= LEAST_PHOTOGRAPH) {
      return List.of(own);
    }
    int useful = Math.max(LEAST_PHOTOGRAPH, Math.ceilDiv(data.shortEdge(), 32) * 32);
    List<Integer> sides = new ArrayList<>();
    for (int side : new int[] {Math.min(own, useful), 160, 128, LEAST_PHOTOGRAPH}) {
      if (side <= Math.min(own, useful) && !sides.contains(side)) {
        sides.add(side);
      }
    }
    return sides;
  }

  private TrainingPlan plan(
      StartingPoint start, int side, DataSummary data, Split split, TrainingWishes wishes)
      throws IOException {
    List<String> reasons = new ArrayList<>();
    Preprocessing preprocessing = start.sized(side);
    String name = recipe(start, wishes);
    Recipe recipe = Recipes.read(name, new TreeMap<>(wishes.overrides())).orBf16(bf16);
    reasons.add("start from  %s  (--from, --arch)".formatted(start.description()));
    reasons.add(
        "images      %d x %d pixels; theirs have a short edge of %d  (--image-size)"
            .formatted(side, side, data.shortEdge()));
    reasons.add("recipe      %s  (--recipe)".formatted(name));
    if (!wishes.overrides().containsKey("batch_size") && wishes.recipe() == null) {
      recipe = recipe.withBatchSize(batch(recipe.batchSize(), split.training().size()));
    }
    reasons.add(
        String.format(
            Locale.ROOT,
            "batch       %d images in %s, learning rate %.4g  (--batch-size, --bf16,"
                + " --learning-rate)",
            recipe.batchSize(),
            recipe.precision().id(),
            recipe.learningRate()));
    double seconds = stopwatch.secondsPerImage(start, preprocessing, recipe);
    double epoch =
        MARGIN
            * seconds
            * (recipe.meanArea() * split.training().size() + VALIDATION * split.validation().size())
            / 60;
    if (recipe.epochs() == 0) {
      int most = start.isTrained() ? MOST_EPOCHS_TRAINED : MOST_EPOCHS_RANDOM;
      recipe = recipe.withEpochs((int) Math.min(most, wishes.minutes() / epoch));
    }
    reasons.add(epochs(recipe, wishes, epoch * recipe.epochs()));
    return new TrainingPlan(start, preprocessing, name, recipe, epoch, reasons);
  }

  private static String epochs(Recipe recipe, TrainingWishes wishes, double minutes) {
    return String.format(
        Locale.ROOT,
        "epochs      %d, in about %s%s",
        recipe.epochs(),
        inWords(minutes),
        wishes.overrides().containsKey("epochs")
            ? "  (--epochs)"
            : "; at most %s  (--epochs, --minutes)".formatted(inWords(wishes.minutes())));
  }

  /** A time as a person says it. */
  static String inWords(double minutes) {
    if (minutes < 1) {
      long seconds = Math.max(1, Math.round(60 * minutes));
      return "%d second%s".formatted(seconds, seconds == 1 ? "" : "s");
    }
    return minutes < 100
        ? "%d minute%s".formatted(Math.round(minutes), Math.round(minutes) == 1 ? "" : "s")
        : String.format(Locale.ROOT, "%.1f hours", minutes / 60);
  }

  private static String recipe(StartingPoint start, TrainingWishes wishes) {
    String asked = wishes.recipe();
    if (asked != null) {
      return asked;
    }
    return start.isTrained()
        ? "fine-tune"
        : start.preprocessing().crop() <= SMALL ? "cifar" : "default";
  }

  /** As many as the recipe's, or fewer so that an epoch has some steps. */
  private static int batch(int size, int images) {
    int batch = size;
    while (batch > STEPS_PER_EPOCH && images / batch < STEPS_PER_EPOCH) {
      batch /= 2;
    }
    return batch;
  }
}
