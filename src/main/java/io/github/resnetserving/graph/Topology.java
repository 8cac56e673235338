package io.github.resnetserving.graph;

import io.github.resnetserving.models.NetworkOptions.Variant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A residual network's shape, with the names of its tensors. Immutable.
 *
 * @param stem the convolutions before the first block, with a ReLU after each that has a norm:
 *     usually one, or three of 3×3 (the deep stem of He et al. 2018, arXiv 1812.01187)
 * @param pool what follows the stem
 * @param stages the blocks of each stage, in order
 * @param classifier prefix of the last layer's weight and bias; empty where there is none
 * @param classes outputs of the last layer; 0 where there is none, so that the network gives
 *     features alone
 * @param lastNorm prefix of the norm after the last block, which pre-activated blocks need; null
 *     where there is none
 * @param norms what all norms are
 */
public record Topology(
    List<Convolution> stem,
    Pool pool,
    List<List<Block>> stages,
    String classifier,
    int classes,
    @Nullable String lastNorm,
    Norms norms) {

  public Topology {
    stem = List.copyOf(stem);
    stages = stages.stream().map(List::copyOf).toList();
  }

  /** A 3×3 max pool of stride 2. */
  public enum Pool {
    NONE,
    /** With a padding of 1 on all sides. */
    PADDED,
    /** Without padding; the last windows may reach beyond the map, as in Caffe. */
    BEYOND,
    /** With zeros around the map, which count as its own numbers do, as in BiT. */
    ZEROS
  }

  /** What the norms of a network are. */
  public enum Norms {
    /** Batch norms, with the mean and the variance that training found. */
    BATCH,
    /** Group norms, with those of each image itself. */
    GROUP
  }

  /** Whether a max pool follows the stem. */
  public boolean pooled() {
    return pool != Pool.NONE;
  }

  /** A network of batch norms, without one after its last block. */
  public Topology(
      List<Convolution> stem, Pool pool, List<List<Block>> stages, String classifier, int classes) {
    this(stem, pool, stages, classifier, classes, /* lastNorm= */ null, Norms.BATCH);
  }

  /** Whether a classifier follows the pooled features. */
  public boolean classifies() {
    return classes > 0;
  }

  /** This network with another classifier, or with one where it has none. */
  public Topology withClassifier(String name, int count) {
    return new Topology(stem, pool, stages, name, count, lastNorm, norms);
  }

  /** The convolution that reads the image. */
  public Convolution first() {
    return stem.getFirst();
  }

  /** Whether the stem is one for photographs: larger than 3×3, or of several convolutions. */
  public boolean isForPhotographs() {
    return first().kernel() > 3 || stem.size() > 1;
  }

  /** Whether a block has three convolutions, not two. */
  public boolean isBottleneck() {
    return stages.getFirst().getFirst().body().size() == 3;
  }

  /** Where bottlenecks that halve the size have their stride; null where no block is one. */
  public @Nullable Variant variant() {
    return blocks()
        .filter(block -> block.body().size() == 3 && block.stride() > 1)
        .findFirst()
        .map(block -> block.body().getFirst().stride() > 1 ? Variant.V1 : Variant.V1_5)
        .orElse(null);
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

  /**
   * Layers with weights on the longest path, as the field counts them: 50 for ResNet-50. A deep
   * stem counts as one layer, and squeezing and exciting as none.
   */
  public int depth() {
    return 2 + blocks().mapToInt(block -> block.body().size()).sum();
  }

  Stream<Block> blocks() {
    return stages.stream().flatMap(List::stream);
  }

  /** Every convolution, in the order of the forward pass, a block's projection before its body. */
  List<Convolution> convolutions() {
    List<Convolution> all = new ArrayList<>();
    all.addAll(stem);
    blocks()
        .flatMap(
            block -> Stream.concat(Stream.ofNullable(block.projection()), block.body().stream()))
        .forEach(all::add);
    return all;
  }

  /** Name and shape of every tensor that the network must have. */
  public SequencedMap<String, List<Integer>> tensors() {
    SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
    stem.forEach(convolution -> add(shapes, convolution));
    blocks()
        .forEach(block -> {
          add(shapes, block.preNorm(), block.inputs());
          if (block.projection() != null) {
            add(shapes, block.projection());
          }
          block.body().forEach(convolution -> add(shapes, convolution));
          add(shapes, block.sumNorm(), block.outputs());
          if (block.excitation() != null) {
            shapes.putAll(block.excitation().tensors());
          }
        });
    add(shapes, lastNorm, width());
    if (classifies()) {
      shapes.put(classifier + ".weight", List.of(classes, width()));
      shapes.put(classifier + ".bias", List.of(classes));
    }
    return shapes;
  }

  private void add(Map<String, List<Integer>> shapes, Convolution convolution) {
    shapes.put(convolution.weight(), convolution.weightShape());
    add(shapes, convolution.norm(), convolution.outputs());
  }

  private void add(Map<String, List<Integer>> shapes, @Nullable String norm, int channels) {
    if (norm != null) {
      List<String> parts =
          switch (norms) {
            case BATCH -> List.of("weight", "bias", "running_mean", "running_var");
            case GROUP -> List.of("weight", "bias");
          };
      parts.forEach(part -> shapes.put(norm + "." + part, List.of(channels)));
    }
  }

  /** Numbers that training learns: batch norms' running statistics are none. */
  public long parameters() {
    return tensors().entrySet().stream()
        .filter(entry -> !entry.getKey().contains(".running_"))
        .mapToLong(entry ->
            entry.getValue().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b))
        .sum();
  }

  /**
   * The tensors that scale what each block adds to its shortcut. Zeros there make a new network a
   * shallow one at first (Goyal et al. 2017, arXiv 1706.02677, section 5.1).
   */
  public List<String> lastScales() {
    return blocks().map(Block::lastScale).toList();
  }
}
