package io.github.resnetserving.engine;

import io.github.resnetserving.model.PlanReport;
import io.github.resnetserving.network.PlanKind;
import io.github.resnetserving.network.Precision;
import java.util.Locale;

/** One way to compute a network. */
record Candidate(PlanKind kind, Precision precision) {

  /**
   * The one that a report speaks of.
   *
   * @throws IllegalArgumentException if there is none any more
   */
  static Candidate of(PlanReport report) {
    return new Candidate(
        PlanKind.valueOf(report.plan().toUpperCase(Locale.ROOT)),
        Precision.valueOf(report.precision().toUpperCase(Locale.ROOT)));
  }

  /** Such as {@code fused}. */
  String plan() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** Such as {@code fused-bf16}. */
  String id() {
    return plan() + "-" + precision.id();
  }
}
