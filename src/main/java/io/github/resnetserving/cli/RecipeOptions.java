package io.github.resnetserving.cli;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Fields of the recipe that may be said on the command line. */
final class RecipeOptions {

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

  /** The recipe's name or file; null for what fits. */
  @Nullable String name() {
    return name;
  }

  /** What was said, by field of the recipe, as JSON or as a word. */
  Map<String, String> overrides() {
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
