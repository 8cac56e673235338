package io.github.resnetserving.engine;

import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.Inspection;
import io.github.resnetserving.model.Pixels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A batch of looks inside: those at the same place run together. Belongs to the thread of its plan.
 */
final class Inspections {

  /** Sorts before every stage. */
  private static final int CLASSES = -1;

  private final Function<Integer, Plan> plans;

  /**
   * @param plans the plan for so many pictures
   */
  Inspections(Function<Integer, Plan> plans) {
    this.plans = plans;
  }

  /** What each found, in the batch's order. */
  List<Inspected> run(List<Inspection> batch) {
    Map<Integer, List<Integer>> positions = new TreeMap<>(); // of those that look at one place
    for (int i = 0; i < batch.size(); i++) {
      positions.computeIfAbsent(place(batch.get(i)), place -> new ArrayList<>()).add(i);
    }
    Inspected[] found = new Inspected[batch.size()];
    positions.forEach((place, indices) -> {
      List<Inspection> group = indices.stream().map(batch::get).toList();
      List<? extends Inspected> results = together(place, group);
      for (int i = 0; i < indices.size(); i++) {
        found[indices.get(i)] = results.get(i);
      }
    });
    return Arrays.asList(found);
  }

  private static int place(Inspection inspection) {
    return switch (inspection) {
      case Inspection.OfClass _ -> CLASSES;
      case Inspection.OfStage(var _, int stage) -> stage;
    };
  }

  private List<? extends Inspected> together(int place, List<Inspection> group) {
    List<Pixels> crops = group.stream().map(Inspection::crop).toList();
    Plan plan = plans.apply(group.size());
    return place == CLASSES
        ? plan.explain(crops, group.stream().mapToLong(Inspections::classIndex).toArray())
        : plan.maps(crops, place);
  }

  private static long classIndex(Inspection inspection) {
    return inspection instanceof Inspection.OfClass(var _, int index)
        ? index
        : Inspection.OfClass.TOP;
  }
}
