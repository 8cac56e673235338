package io.github.resnetserving.training;

import io.github.resnetserving.plan.torchscript.UpdateRule;
import io.github.resnetserving.plan.torchscript.UpdateRule.Optimizer;
import io.github.resnetserving.tensor.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to train. What a JSON leaves out is off, or as stated here.
 *
 * @param epochs passes over the training images; 0 for as many as the time allows
 * @param batchSize images a step
 * @param learningRate the highest one, for this batch size
 * @param schedule of the learning rate; constant
 * @param optimizer SGD with momentum 0.9
 * @param weightDecay factor of the weights that is added to their gradient, or with AdamW taken off
 * @param decayNorms whether batch norms and biases decay too
 * @param augmentation of training images, in order
 * @param mixup parameter of mixup; 0 for none
 * @param cutmix parameter of CutMix; 0 for none
 * @param labelSmoothing share of the target that is spread over all classes
 * @param average decay of a moving average of the weights, which is then validated and kept; 0 for
 *     none
 * @param classWeights whether rare classes count more, by the inverse of their frequency
 * @param freeze parts that keep their weights and statistics: 1 is the stem, 2 the stem and the
 *     first stage, and so on
 * @param stageRates factors of the learning rate: of stem, stages and classifier, or of all
 *     together and the classifier; one for all
 * @param imageSizes smaller images for the beginning of the run
 * @param earlyStop epochs without a better validation after which the run ends; 0 for none
 * @param keepLast whether the last weights are kept, not those that did best
 * @param bf16 whether convolutions compute in bfloat16, the weights being float32 all the same;
 *     null for where the processor has instructions for it
 * @param zeroLastGamma whether each block of random weights begins as its shortcut: the last scale
 *     of its body is zero
 * @param seed of starting weights, split, order and augmentation
 */
public record Recipe(
    int epochs,
    int batchSize,
    double learningRate,
    Schedule schedule,
    OptimizerChoice optimizer,
    double weightDecay,
    boolean decayNorms,
    List<Augmentation> augmentation,
    double mixup,
    double cutmix,
    double labelSmoothing,
    double average,
    boolean classWeights,
    int freeze,
    List<Double> stageRates,
    List<SizeStep> imageSizes,
    int earlyStop,
    boolean keepLast,
    @Nullable Boolean bf16,
    boolean zeroLastGamma,
    long seed) {

  /**
   * The size of the images from a moment of the run on.
   *
   * @param from share of the run
   * @param scale factor of the side
   */
  public record SizeStep(double from, double scale) {}

  /**
   * An optimiser.
   *
   * @param kind {@code sgd} or {@code adamw}
   * @param momentum of SGD
   * @param nesterov whether SGD's momentum is Nesterov's
   */
  public record OptimizerChoice(String kind, @Nullable Double momentum, boolean nesterov) {

    public OptimizerChoice {
      if (!List.of("sgd", "adamw").contains(kind)) {
        throw new IllegalArgumentException(
            "the optimizer is \"%s\": it must be sgd or adamw".formatted(kind));
      }
    }

    Optimizer formula() {
      return kind.equals("sgd")
          ? new UpdateRule.Sgd(momentum == null ? 0.9 : momentum, nesterov)
          : new UpdateRule.AdamW(0.9, 0.999, 1e-8);
    }

    String describe() {
      return switch (formula()) {
        case UpdateRule.Sgd(double share, boolean ahead) ->
            "SGD, %smomentum %s".formatted(ahead ? "Nesterov " : "", share);
        case UpdateRule.AdamW _ -> "AdamW";
      };
    }
  }

  @SuppressWarnings("NullAway") // a JSON may leave anything out
  public Recipe {
    schedule = schedule == null ? new Schedule.Constant() : schedule;
    optimizer = optimizer == null ? new OptimizerChoice("sgd", 0.9, false) : optimizer;
    augmentation = augmentation == null ? List.of() : List.copyOf(augmentation);
    stageRates = stageRates == null ? List.of() : List.copyOf(stageRates);
    imageSizes = imageSizes == null ? List.of() : List.copyOf(imageSizes);
    require(epochs >= 0, "epochs", epochs, "at least 1, or 0 for as many as the time allows");
    require(batchSize >= 1, "batch_size", batchSize, "at least 1");
    require(learningRate > 0, "learning_rate", learningRate, "above 0");
    require(weightDecay >= 0, "weight_decay", weightDecay, "at least 0");
    require(mixup >= 0, "mixup", mixup, "at least 0");
    require(cutmix >= 0, "cutmix", cutmix, "at least 0");
    require(
        labelSmoothing >= 0 && labelSmoothing < 1,
        "label_smoothing",
        labelSmoothing,
        "from 0 to below 1");
    require(average >= 0 && average < 1, "average", average, "from 0 to below 1");
    require(freeze >= 0, "freeze", freeze, "at least 0");
    require(earlyStop >= 0, "early_stop", earlyStop, "at least 0");
    for (SizeStep step : imageSizes) {
      require(
          step.scale() > 0 && step.scale() <= 1,
          "image_sizes' scale",
          step.scale(),
          "above 0 and at most 1");
    }
  }

  private static void require(boolean holds, String name, Number value, String must) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s: it must be %s".formatted(name, value, must));
    }
  }

  /** The side of the images at a moment of the run, a multiple of 8 below the full side. */
  int side(int full, double progress) {
    double scale = 1;
    for (SizeStep step : imageSizes) {
      scale = progress >= step.from() ? step.scale() : scale;
    }
    return scale == 1 ? full : Math.max(8, (int) Math.rint(full * scale / 8) * 8);
  }

  /** The mean over the run of an image's pixels, as a share of a full image's. */
  double meanArea() {
    double area = 0;
    double from = 0;
    double scale = 1;
    for (SizeStep step : imageSizes) {
      double until = Math.clamp(step.from(), from, 1);
      area += (until - from) * scale * scale;
      from = until;
      scale = step.scale();
    }
    return area + (1 - from) * scale * scale;
  }

  /** The decay of the average at a step: lower at first, so that it forgets the beginning. */
  double average(long step) {
    return Math.min(average, (1.0 + step) / (10.0 + step));
  }

  /** What convolutions compute in. */
  Precision precision() {
    return Boolean.TRUE.equals(bf16) ? Precision.BF16 : Precision.FP32;
  }

  /** With bfloat16 chosen, where nobody has said whether. */
  Recipe orBf16(boolean chosen) {
    return with(epochs, batchSize, learningRate, bf16 == null ? Boolean.valueOf(chosen) : bf16);
  }

  public Recipe withEpochs(int count) {
    return with(count, batchSize, learningRate, bf16);
  }

  /** For another batch size, with the learning rate in proportion (Goyal et al. 2017). */
  public Recipe withBatchSize(int size) {
    double scaled = learningRate * size / batchSize;
    return with(epochs, size, scaled, bf16);
  }

  private Recipe with(int count, int size, double rate, @Nullable Boolean half) {
    return new Recipe(
        count,
        size,
        rate,
        schedule,
        optimizer,
        weightDecay,
        decayNorms,
        augmentation,
        mixup,
        cutmix,
        labelSmoothing,
        average,
        classWeights,
        freeze,
        stageRates,
        imageSizes,
        earlyStop,
        keepLast,
        half,
        zeroLastGamma,
        seed);
  }
}
