package io.github.resnetserving.plan.torchscript;

import java.util.List;

/**
 * How a training step turns gradients into new weights.
 *
 * @param optimizer the formula
 * @param groups of tensors that share a rate and a decay; a tensor that is in none stays as it is
 * @param labelSmoothing share of the target that is spread evenly over all classes
 * @param classWeights a factor of each class's loss; empty for one
 * @param averaged whether a moving average of the weights is kept beside them
 */
public record UpdateRule(
    Optimizer optimizer,
    List<Group> groups,
    double labelSmoothing,
    List<Double> classWeights,
    boolean averaged) {

  public UpdateRule {
    groups = List.copyOf(groups);
    classWeights = List.copyOf(classWeights);
  }

  /** PyTorch's formulas. */
  public sealed interface Optimizer {

    /** The tensors that it keeps for each weight. */
    List<String> slots();
  }

  /**
   * {@code v = momentum * v + g; w = w - rate * v}, or with Nesterov {@code rate * (g + momentum *
   * v)}.
   */
  public record Sgd(double momentum, boolean nesterov) implements Optimizer {
    @Override
    public List<String> slots() {
      return List.of("momentum");
    }
  }

  /** Loshchilov and Hutter 2019, arXiv 1711.05101. */
  public record AdamW(double beta1, double beta2, double epsilon) implements Optimizer {
    @Override
    public List<String> slots() {
      return List.of("mean", "square");
    }
  }

  /**
   * Tensors that change together.
   *
   * @param tensors names, at least one
   * @param rate factor of the step's learning rate
   * @param decay weight decay
   */
  public record Group(List<String> tensors, double rate, double decay) {
    public Group {
      tensors = List.copyOf(tensors);
    }
  }

  /** Whether a tensor changes. */
  boolean learns(String tensor) {
    return groups.stream().anyMatch(group -> group.tensors().contains(tensor));
  }
}
