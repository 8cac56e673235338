package io.github.resnetserving.training;

/**
 * How to train.
 *
 * @param epochs passes over the training images
 * @param batchSize images a step
 * @param schedule the learning rate over the run
 * @param momentum share of the last step's velocity that is kept
 * @param weightDecay factor of the weights that is added to their gradient
 * @param seed of the starting weights, the order of images and their augmentation
 */
public record Recipe(
    int epochs, int batchSize, Schedule schedule, double momentum, double weightDecay, long seed) {

  public Recipe {
    if (epochs < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "epochs is %d and batch size is %d: each must be at least 1"
              .formatted(epochs, batchSize));
    }
  }
}
