package io.github.resnetserving.training;

import io.github.resnetserving.models.Preprocessing;
import java.util.List;

/**
 * Everything that is chosen before training.
 *
 * @param start what training starts from
 * @param preprocessing of training, validation and serving
 * @param recipeName what the recipe is called
 * @param recipe how to train
 * @param minutesPerEpoch what an epoch is expected to take
 * @param reasons each choice in words, with the option that makes it
 */
public record TrainingPlan(
    StartingPoint start,
    Preprocessing preprocessing,
    String recipeName,
    Recipe recipe,
    double minutesPerEpoch,
    List<String> reasons) {

  public TrainingPlan {
    reasons = List.copyOf(reasons);
  }

  /** What training is expected to take. */
  public double minutes() {
    return minutesPerEpoch * recipe.epochs();
  }
}
