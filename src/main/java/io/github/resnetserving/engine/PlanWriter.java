package io.github.resnetserving.engine;

import io.github.resnetserving.graph.Network;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.plan.onednn.DirectPlan;
import io.github.resnetserving.plan.torchscript.ScriptPlanWriter;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;

/** Writes plans, each in the format of its kind. Stateless. */
public final class PlanWriter {

  private PlanWriter() {}

  /**
   * Writes a network's plan: a direct one as safetensors, any other as a TorchScript archive. Needs
   * neither the native engine nor the device that the plan is for.
   *
   * @throws IllegalArgumentException if there is no such plan; the message says which there is
   */
  public static void write(
      Path file,
      Network network,
      Target target,
      PlanKind kind,
      Precision precision,
      Preprocessing preprocessing)
      throws IOException {
    kind.check(precision, target);
    int side = preprocessing.crop();
    switch (kind) {
      case DIRECT ->
          DirectPlan.write(file, network, precision, side, preprocessing.normalization());
      case FUSED, PLAIN, EAGER ->
          ScriptPlanWriter.write(
              file, network, target, kind, precision, side, preprocessing.normalization());
    }
  }
}
