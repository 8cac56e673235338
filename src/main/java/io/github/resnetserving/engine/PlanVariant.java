package io.github.resnetserving.engine;

import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.plan.Plan;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.onednn.DirectPlan;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** One way to compute a network. */
record PlanVariant(PlanKind kind, Precision precision) {

  /** Makes a plan of the file that it was written to. */
  @FunctionalInterface
  interface Opener {
    Plan open(PlanVariant variant, Path archive, EngineOptions options) throws IOException;
  }

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

  /** The plan in a file, on the device and for the batches of the options. */
  Plan open(Path archive, EngineOptions options) throws IOException {
    return kind == PlanKind.DIRECT
        ? DirectPlan.load(NativeRuntime.oneDnn(), archive, options.maxBatch())
        : ScriptPlan.load(archive, options.device(), options.maxBatch());
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
