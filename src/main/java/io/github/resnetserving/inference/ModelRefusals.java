package io.github.resnetserving.inference;

import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.HeadException;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.tensor.NetworkInput;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is said to a request that asks for something its model does not have. */
final class ModelRefusals {

  private ModelRefusals() {}

  static Failure noClasses(ServedModel model) {
    return bad(
        "The model %s has no classifier, so that it names no classes. Ask for its features, or name another model."
            .formatted(model.spec().name()));
  }

  static Failure topClasses(ServedModel model, int k) {
    int classes = model.spec().labels().count();
    return bad(
        "top_k is %d: %s has %d classes, so it must be between 1 and %d."
            .formatted(k, model.spec().name(), classes, classes));
  }

  /** Null where the model can judge its answers as they are wanted. */
  static @Nullable Failure judgement(ServedModel model, ClassOptions options) {
    Double below = options.abstainBelow();
    if (below != null && !(below >= 0 && below <= 1)) {
      return bad(
          "abstain_below is %s: it is compared with a probability, so it must be between 0 and 1."
              .formatted(below));
    }
    if (Boolean.TRUE.equals(options.calibrated()) && model.confidence().source().isEmpty()) {
      return bad(
          "calibrated is true, but no temperature is stored with %s. Run calibrate --labels, or leave the parameter out."
              .formatted(model.spec().name()));
    }
    return null;
  }

  /** Null where heads can be asked so: they have neither a temperature nor thresholds. */
  static @Nullable Failure judgementOfHeads(ClassOptions options) {
    return options.calibrated() == null && options.abstainBelow() == null
        ? null
        : bad(
            "calibrated and abstain_below are about the model's own classes: leave them out with"
                + " head.");
  }

  static Failure topClasses(List<Head> heads, int k) {
    Head largest =
        heads.stream().max(Comparator.comparingInt(head -> head.labels().count())).orElseThrow();
    int classes = largest.labels().count();
    return bad(
        "top_k is %d: the head %s has %d classes, so it must be between 1 and %d."
            .formatted(k, largest.name(), classes, classes));
  }

  static Failure head(HeadException why) {
    String detail = String.valueOf(why.getMessage());
    return why.isUnknown() ? new Failure.UnknownHead(detail) : new Failure.UnusableHead(detail);
  }

  static Failure classIndex(ServedModel model, int index) {
    int classes = model.spec().labels().count();
    return bad(
        "class is %d: %s has %d classes, so it must be between 0 and %d."
            .formatted(index, model.spec().name(), classes, classes - 1));
  }

  /**
   * The layer is not among those that can be asked for.
   *
   * @param layers those that can, besides the pool
   */
  static Failure layer(ServedModel model, String layer, List<String> layers) {
    return bad(
        "layer is %s: %s has %s."
            .formatted(
                layer,
                model.spec().name(),
                layers.isEmpty() ? "only pool" : "pool, " + String.join(", ", layers)));
  }

  static Failure noActivationMaps(ServedModel model) {
    return bad("The model %s shows no activation maps.".formatted(model.spec().name()));
  }

  static Failure noTenCrops(ServedModel model) {
    int size = model.spec().preprocessing().crop();
    return bad(
        "crop is ten: %s resizes images to %d pixels and looks at all %d of them, so there is only one crop. It must be center."
            .formatted(model.spec().name(), size, size));
  }

  static Failure size(ServedModel model, NetworkInput image) {
    int side = model.spec().preprocessing().crop();
    return bad(
        "The input is %d x %d: %s takes %d x %d."
            .formatted(image.height(), image.width(), model.spec().name(), side, side));
  }

  private static Failure bad(String detail) {
    return new Failure.BadParameter(detail);
  }
}
