package io.github.resnetserving.tensor;

import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.NetworkInput.Pixels;

/** A request for an intermediate output of a network for one crop. */
public sealed interface IntermediateRequest {

  /** The network's input. */
  Pixels crop();

  /**
   * The output of a stage: a {@link FeatureMap}.
   *
   * @param stage 0 for the stem, after its max pool where it has one; n for the n-th stage of
   *     blocks
   */
  record OfStage(Pixels crop, int stage) implements IntermediateRequest {}

  /**
   * Where the network sees a class: a {@link ClassActivationMap} (Zhou et al. 2016).
   *
   * @param classIndex the class, or {@link #TOP}
   */
  record OfClass(Pixels crop, int classIndex) implements IntermediateRequest {

    /** Stands for the class with the largest logit. */
    public static final int TOP = -1;
  }
}
