package io.github.resnetserving.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * A residual network's shape, with the names of its tensors. Immutable.
 *
 * @param stem the first convolution
 * @param pooled whether a 3×3 max pool of stride 2 follows the stem
 * @param stages the blocks of each stage, in order
 * @param classifier prefix of the last layer's weight and bias; empty where there is none
 * @param classes outputs of the last layer; 0 where there is none, so that the network gives
 *     features alone
 */
public record Topology(
    Convolution stem, boolean pooled, List<List<Block>> stages, String classifier, int classes) {

  public Topology {
    stages = stages.stream().map(List::copyOf).toList();
  }

  /** Whether a classifier follows the pooled features. */
  public boolean classifies() {
    return classes > 0;
  }

  /** This network with another classifier, or with one where it has none. */
  public Topology withClassifier(String name, int count) {
    return new Topology(stem, pooled, stages, name, count);
  }

  /** Whether a block has three convolutions, not two. */
  public boolean isBottleneck() {
    return stages.getFirst().getFirst().body().size() == 3;
  }

  /** Channels of the last stage, and so numbers in the pooled features. */
  public int width() {
    return stages.getLast().getLast().outputs();
  }

  /**
   * How many numbers the map of the stem has, after its pool, and that of each stage, for a square
   * input of the given side.
   */
  public List<Long> mapSizes(int inputSize) {
    Graph graph = Graph.of(this, inputSize);
    return graph.stages().stream()
        .map(graph::activation)
        .map(map -> (long) map.channels() * map.side() * map.side())
        .toList();
  }

  /** Layers with weights on the longest path, as the field counts them: 50 for ResNet-50. */
  public int depth() {
    return 2 + stages.stream().flatMap(List::stream).mapToInt(block -> block.body().size()).sum();
  }

  /** Every convolution, in the order of the forward pass, a block's projection before its body. */
  List<Convolution> convolutions() {
    List<Convolution> all = new ArrayList<>();
    all.add(stem);
    stages.stream()
        .flatMap(List::stream)
        .flatMap(
            block -> Stream.concat(Stream.ofNullable(block.projection()), block.body().stream()))
        .forEach(all::add);
    return all;
  }

  /** Name and shape of every tensor that the network must have. */
  public SequencedMap<String, List<Integer>> tensors() {
    SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
    for (Convolution convolution : convolutions()) {
      shapes.put(convolution.weight(), convolution.weightShape());
      for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
        shapes.put(convolution.norm() + "." + part, List.of(convolution.outputs()));
      }
    }
    if (classifies()) {
      shapes.put(classifier + ".weight", List.of(classes, width()));
      shapes.put(classifier + ".bias", List.of(classes));
    }
    return shapes;
  }
}
