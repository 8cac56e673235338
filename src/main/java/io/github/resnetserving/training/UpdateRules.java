package io.github.resnetserving.training;

import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.plan.torchscript.UpdateRule;
import io.github.resnetserving.plan.torchscript.UpdateRule.Group;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What a recipe means for the tensors of a network. Its parts are the stem, the stages and the
 * classifier, in this order.
 */
final class UpdateRules {

  private UpdateRules() {}

  /**
   * The rule of a recipe.
   *
   * @param perClass training images of each class
   */
  static UpdateRule of(Topology topology, Recipe recipe, List<Integer> perClass) {
    int parts = topology.stages().size() + 2;
    if (recipe.freeze() >= parts) {
      throw new IllegalArgumentException(
          "freeze is %d: it must be at most %d, which leaves the classifier alone to learn"
              .formatted(recipe.freeze(), parts - 1));
    }
    List<Double> rates = rates(recipe.stageRates(), parts);
    SequencedMap<List<Double>, List<String>> groups = new LinkedHashMap<>();
    topology
        .tensors()
        .forEach((name, shape) -> {
          int part = part(name, topology);
          boolean learns = part >= recipe.freeze() && !name.contains(".running_");
          if (learns) {
            boolean decays = shape.size() > 1 || recipe.decayNorms();
            List<Double> key = List.of(rates.get(part), decays ? recipe.weightDecay() : 0.0);
            groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(name);
          }
        });
    List<Group> all = new ArrayList<>();
    groups.forEach((key, names) -> all.add(new Group(names, key.getFirst(), key.getLast())));
    return new UpdateRule(
        recipe.optimizer().formula(),
        all,
        recipe.labelSmoothing(),
        recipe.classWeights() ? inverse(perClass) : List.of(),
        recipe.average() > 0);
  }

  private static List<Double> rates(List<Double> given, int parts) {
    List<Double> rates = new ArrayList<>(given);
    if (given.isEmpty()) {
      rates.add(1.0);
    }
    if (given.size() > 2 && given.size() != parts) {
      throw new IllegalArgumentException(
          "stage_rates has %d numbers: it must have 1, 2 (all and the classifier), or %d"
              .formatted(given.size(), parts));
    }
    while (rates.size() < parts) {
      rates.addFirst(rates.getFirst());
    }
    return rates;
  }

  /** 0 for the stem, 1 for {@code layer1}, and so on. */
  private static int part(String tensor, Topology topology) {
    if (tensor.startsWith("layer")) {
      return Integer.parseInt(tensor.substring("layer".length(), tensor.indexOf('.')));
    }
    return tensor.startsWith(topology.classifier() + ".") ? topology.stages().size() + 1 : 0;
  }

  /** The mean weight of an image is 1. */
  private static List<Double> inverse(List<Integer> perClass) {
    double total = perClass.stream().mapToInt(Integer::intValue).sum();
    return perClass.stream().map(count -> total / (perClass.size() * count)).toList();
  }
}
