package io.github.resnetserving.engine;

import io.github.resnetserving.plan.Plan;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A batch of looks inside: those at the same place run together. Belongs to the thread of its plan.
 */
final class IntermediateBatch {

  /** Sorts before every stage. */
  private static final int CLASSES = -1;

  private final Function<Integer, Plan> plans;

  /**
   * @param plans the plan for so many images
   */
  IntermediateBatch(Function<Integer, Plan> plans) {
    this.plans = plans;
  }

  /** What each found, in the batch's order. */
  List<IntermediateOutput> run(List<IntermediateRequest> batch) {
    Map<Integer, List<Integer>> positions = new TreeMap<>(); // of those that look at one place
    for (int i = 0; i < batch.size(); i++) {
      positions.computeIfAbsent(place(batch.get(i)), place -> new ArrayList<>()).add(i);
    }
    IntermediateOutput[] found = new IntermediateOutput[batch.size()];
    positions.forEach((place, indices) -> {
      List<IntermediateRequest> group = indices.stream().map(batch::get).toList();
      List<? extends IntermediateOutput> results = together(place, group);
      for (int i = 0; i < indices.size(); i++) {
        found[indices.get(i)] = results.get(i);
      }
    });
    return Arrays.asList(found);
  }

  private static int place(IntermediateRequest request) {
    return switch (request) {
      case IntermediateRequest.OfClass _ -> CLASSES;
      case IntermediateRequest.OfStage(var _, int stage) -> stage;
    };
  }

  private List<? extends IntermediateOutput> together(int place, List<IntermediateRequest> group) {
    List<Pixels> crops = group.stream().map(IntermediateRequest::crop).toList();
    Plan plan = plans.apply(group.size());
    return place == CLASSES
        ? plan.explain(crops, group.stream().mapToLong(IntermediateBatch::classIndex).toArray())
        : plan.maps(crops, place);
  }

  private static long classIndex(IntermediateRequest request) {
    return request instanceof IntermediateRequest.OfClass(var _, int index)
        ? index
        : IntermediateRequest.OfClass.TOP;
  }
}
