package io.github.resnetserving.audit;

import java.util.List;

/** Whether labels were compared with what a network sees, and which are likely wrong. */
public sealed interface LabelCheck {

  /**
   * They were.
   *
   * @param network whose features were used
   * @param images whose labels were compared; of copies the first alone
   * @param accuracy share of the labels that a classifier names which has not learnt from the image
   * @param suspects the least credible label first
   */
  record Checked(String network, int images, double accuracy, List<Suspect> suspects)
      implements LabelCheck {}

  /** They were not, for a reason. */
  record Skipped(String reason) implements LabelCheck {}

  /**
   * An image whose label is likely wrong.
   *
   * @param position in the data
   * @param better the class that is more probable
   * @param probability of its label
   * @param betterProbability of the better class
   */
  record Suspect(int position, int better, double probability, double betterProbability) {}

  /** Those that were found. */
  default List<Suspect> found() {
    return switch (this) {
      case Checked checked -> checked.suspects();
      case Skipped _ -> List.of();
    };
  }
}
