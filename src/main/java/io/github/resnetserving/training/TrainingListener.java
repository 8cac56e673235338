package io.github.resnetserving.training;

/** Hears how a run goes. Called on the training thread. */
public interface TrainingListener {

  /**
   * After each step.
   *
   * @param epoch counted from 1
   * @param images images seen in this epoch so far
   * @param loss mean of this epoch so far
   * @param accuracy share right in this epoch so far
   */
  default void onStep(int epoch, int images, double loss, double accuracy) {}

  /** After each epoch's validation. */
  default void onEpoch(EpochResult result) {}
}
