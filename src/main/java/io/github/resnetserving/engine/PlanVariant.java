package io.github.resnetserving.engine;

import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.Precision;
import java.util.Locale;

/** One way to compute a network. */
record PlanVariant(PlanKind kind, Precision precision) {

  /**
   * The one that a report speaks of.
   *
   * @throws IllegalArgumentException if there is none any more
   */
  static PlanVariant of(PlanReport report) {
    return new PlanVariant(
        PlanKind.valueOf(report.plan().toUpperCase(Locale.ROOT)),
        Precision.valueOf(report.precision().toUpperCase(Locale.ROOT)));
  }

  /** Such as {@code fused}. */
  String plan() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** What the name of a plan's file ends with: {@code .safetensors} of a direct plan. */
  String extension() {
    return kind == PlanKind.DIRECT ? ".safetensors" : ".pt";
  }

  /** Such as {@code fused-bf16}. */
  String id() {
    return plan() + "-" + precision.id();
  }
}
