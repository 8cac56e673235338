package io.github.resnetserving.model;

/** What somebody wants to see of the inside of a network for one crop. */
public sealed interface Inspection {

  /** What the network is shown. */
  Pixels crop();

  /**
   * The map that a stage gives: a {@link FeatureMap}.
   *
   * @param stage 0 for the stem, after its max pool where it has one; n for the n-th stage of
   *     blocks
   */
  record OfStage(Pixels crop, int stage) implements Inspection {}

  /**
   * Where the network sees a class: a {@link ClassActivationMap}.
   *
   * @param classIndex the class, or {@link #TOP}
   */
  record OfClass(Pixels crop, int classIndex) implements Inspection {

    /** Stands for the class with the largest logit. */
    public static final int TOP = -1;
  }
}
