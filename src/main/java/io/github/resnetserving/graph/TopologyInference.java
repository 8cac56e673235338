package io.github.resnetserving.graph;

import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a network's shape off its tensors' names and shapes alone: any number of stages and blocks,
 * basic or bottleneck, of any width, pre-activated where the stem has no norm, with a norm of the
 * sum where a block of two convolutions has a third norm.
 *
 * <p>Some things no weight tells, so they follow the published networks unless the options say
 * otherwise: each stage but the first halves the size, and a stem of more than 3×3 has stride 2 and
 * a max pool after it.
 */
final class TopologyInference {

  private final Map<String, List<Integer>> shapes;
  private final NetworkOptions options;
  private final boolean preActivated;

  private TopologyInference(Map<String, List<Integer>> shapes, NetworkOptions options) {
    this.shapes = shapes;
    this.options = options;
    // Where blocks begin with their norm, the stem has none, and the last block is followed by one.
    // MXNet's stem has a norm, too: there the last one tells.
    this.preActivated =
        presentBelow("layer1.0.bn1.")
            && (!presentBelow("bn1.") || presentBelow("bn.") || presentBelow("norm."));
  }

  /**
   * The network of the given tensors, which are exactly those it needs.
   *
   * @param shapes torchvision's names and row-major shapes; without a classifier the network gives
   *     features alone
   * @param options what the shapes do not tell
   * @throws NetworkException if the tensors are not a residual network's; the message names them
   */
  static Topology infer(Map<String, List<Integer>> shapes, NetworkOptions options)
      throws NetworkException {
    Topology topology = new TopologyInference(shapes, options).topology();
    check(topology, shapes);
    return topology;
  }

  private Topology topology() throws NetworkException {
    List<Integer> stem = shape("conv1.weight", 4);
    int kernel = stem.get(2);
    boolean pooled = Objects.requireNonNullElse(options.stemPool(), kernel > 3);
    int stride = Objects.requireNonNullElse(options.stemStride(), kernel > 3 ? 2 : 1);
    Convolution first =
        new Convolution(
            "conv1",
            preActivated && !presentBelow("bn1.") ? null : "bn1",
            stem.get(1),
            stem.get(0),
            kernel,
            stride);
    List<List<Block>> stages = new ArrayList<>();
    while (presentBelow("layer%d.".formatted(stages.size() + 1))) {
      stages.add(stage(stages.size() + 1));
    }
    if (stages.isEmpty()) {
      throw new NetworkException(
          "missing: layer1.0.conv1.weight. These are not the weights of a ResNet, or their names"
              + " are none of torchvision's, timm's or Hugging Face's; found "
              + NetworkException.some(List.copyOf(shapes.keySet())));
    }
    String classifier = present("fc.weight") ? "fc" : present("linear.weight") ? "linear" : "";
    int classes = classifier.isEmpty() ? 0 : shape(classifier + ".weight", 2).get(0);
    return new Topology(
        first, pooled, stages, classifier, classes, preActivated ? lastNorm() : null);
  }

  private List<Block> stage(int number) throws NetworkException {
    List<Block> blocks = new ArrayList<>();
    while (presentBelow("layer%d.%d.".formatted(number, blocks.size()))) {
      boolean halves = number > 1 && blocks.isEmpty();
      blocks.add(block("layer%d.%d".formatted(number, blocks.size()), halves ? 2 : 1));
    }
    if (blocks.isEmpty()) {
      throw new NetworkException("missing: layer%d.0.conv1.weight".formatted(number));
    }
    return blocks;
  }

  private Block block(String prefix, int stride) throws NetworkException {
    boolean bottleneck = present(prefix + ".conv3.weight");
    int strided = bottleneck && options.variantOrUsual() == Variant.V1_5 ? 2 : 1;
    List<Convolution> body = new ArrayList<>();
    int count = bottleneck ? 3 : 2;
    for (int position = 1; position <= count; position++) {
      int norm = preActivated ? position + 1 : position;
      body.add(
          convolution(
              "%s.conv%d".formatted(prefix, position),
              norm > count ? null : "%s.bn%d".formatted(prefix, norm),
              position == strided ? stride : 1));
    }
    Block plain = shortcut(prefix, body, stride);
    boolean sumNorm = !preActivated && !bottleneck && presentBelow(prefix + ".bn3.");
    return new Block(
        body,
        plain.projection(),
        plain.averages(),
        preActivated ? prefix + ".bn1" : null,
        sumNorm ? prefix + ".bn3" : null);
  }

  private Block shortcut(String prefix, List<Convolution> body, int stride)
      throws NetworkException {
    for (String name : List.of(prefix + ".downsample", prefix + ".shortcut")) {
      if (present(name + ".0.weight")) {
        boolean normed = presentBelow(name + ".1.");
        Convolution projection = convolution(name + ".0", normed ? name + ".1" : null, stride);
        return new Block(body, projection, /* averages= */ false);
      }
    }
    // The number 0 has a pool, which has no weights: in timm also where there is nothing to pool.
    String averaged = prefix + ".downsample";
    return present(averaged + ".2.weight")
        ? new Block(body, convolution(averaged + ".1", averaged + ".2", 1), stride > 1)
        : new Block(body, null, /* averages= */ false);
  }

  private Convolution convolution(String name, @Nullable String norm, int stride)
      throws NetworkException {
    List<Integer> shape = shape(name + ".weight", 4);
    return new Convolution(name, norm, shape.get(1), shape.get(0), shape.get(2), stride);
  }

  /** As pytorch-classification and timm call it; others call it as the stem's, which is missing. */
  private String lastNorm() {
    return presentBelow("norm.") ? "norm" : "bn";
  }

  private boolean presentBelow(String prefix) {
    return shapes.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  private boolean present(String tensor) {
    return shapes.containsKey(tensor);
  }

  private List<Integer> shape(String tensor, int dimensions) throws NetworkException {
    List<Integer> shape = shapes.get(tensor);
    if (shape == null) {
      throw new NetworkException(
          "missing: %s, which such a network has; found %s"
              .formatted(tensor, NetworkException.some(List.copyOf(shapes.keySet()))));
    }
    if (shape.size() != dimensions) {
      throw new NetworkException(
          "%s has shape %s: it must have %d dimensions".formatted(tensor, shape, dimensions));
    }
    return shape;
  }

  private static void check(Topology topology, Map<String, List<Integer>> shapes)
      throws NetworkException {
    Map<String, List<Integer>> expected = topology.tensors();
    List<String> missing =
        expected.keySet().stream().filter(name -> !shapes.containsKey(name)).toList();
    List<String> extra =
        shapes.keySet().stream().filter(name -> !expected.containsKey(name)).toList();
    List<String> misshapen =
        expected.entrySet().stream()
            .filter(entry -> shapes.containsKey(entry.getKey()))
            .filter(entry -> !entry.getValue().equals(shapes.get(entry.getKey())))
            .map(entry ->
                "%s is %s and should be %s"
                    .formatted(entry.getKey(), shapes.get(entry.getKey()), entry.getValue()))
            .toList();
    checkChain(topology, missing, extra, misshapen);
  }

  private static void checkChain(
      Topology topology, List<String> missing, List<String> extra, List<String> misshapen)
      throws NetworkException {
    List<String> broken = new ArrayList<>();
    int channels = topology.stem().outputs();
    if (topology.stem().inputs() != 3) {
      broken.add("conv1 takes %d channels, not 3".formatted(topology.stem().inputs()));
    }
    for (Convolution convolution : topology.convolutions()) {
      if (convolution.kernel() % 2 == 0) {
        broken.add(
            "%s has an even kernel of %d".formatted(convolution.name(), convolution.kernel()));
      }
    }
    for (Block block : topology.stages().stream().flatMap(List::stream).toList()) {
      channels = checkBlock(block, channels, broken);
    }
    String problems =
        Stream.of(
                describe("missing: ", missing, ", "),
                describe("unexpected: ", extra, ", "),
                describe("misshapen: ", misshapen, "; "),
                describe("does not fit together: ", broken, "; "))
            .filter(text -> !text.isEmpty())
            .reduce((a, b) -> a + ". " + b)
            .orElse("");
    if (!problems.isEmpty()) {
      throw new NetworkException(
          "the tensors look like those of a ResNet-%d but are not. ".formatted(topology.depth())
              + problems);
    }
  }

  private static int checkBlock(Block block, int channels, List<String> broken) {
    int flowing = channels;
    for (Convolution convolution : block.body()) {
      checkInputs(convolution, flowing, broken);
      flowing = convolution.outputs();
    }
    Convolution projection = block.projection();
    if (projection != null) {
      checkInputs(projection, channels, broken);
      if (projection.outputs() != flowing) {
        broken.add(
            "%s gives %d channels, its block %d"
                .formatted(projection.name(), projection.outputs(), flowing));
      }
    } else if (flowing < channels) {
      broken.add(
          "the block of %s narrows from %d to %d channels without a projection"
              .formatted(block.body().getFirst().name(), channels, flowing));
    }
    return flowing;
  }

  private static void checkInputs(Convolution convolution, int channels, List<String> broken) {
    if (convolution.inputs() != channels) {
      broken.add(
          "%s takes %d channels and gets %d (grouped convolutions are not run)"
              .formatted(convolution.name(), convolution.inputs(), channels));
    }
  }

  private static String describe(String heading, List<String> items, String separator) {
    if (items.isEmpty()) {
      return "";
    }
    int shown = Math.min(8, items.size());
    String more = items.size() > shown ? " and " + (items.size() - shown) + " more" : "";
    return heading + String.join(separator, items.subList(0, shown)) + more;
  }
}
