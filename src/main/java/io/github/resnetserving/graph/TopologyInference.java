package io.github.resnetserving.graph;

import io.github.resnetserving.graph.Topology.Norms;
import io.github.resnetserving.graph.Topology.Pool;
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
 * sum where a block of two convolutions has a third norm, with groups where a 3×3 convolution's
 * weight has a part of the channels, with excitations and deep stems where there are such layers,
 * with group norms where no norm has running statistics.
 *
 * <p>Some things no weight tells, so they follow the published networks unless the options say
 * otherwise: each stage but the first halves the size, and a stem of more than 3×3, or of several
 * convolutions, has stride 2 and a max pool after it.
 */
final class TopologyInference {

  private final Map<String, List<Integer>> shapes;
  private final NetworkOptions options;
  private final NamingConvention convention;
  private final boolean preActivated;
  private final Norms norms;

  private TopologyInference(
      Map<String, List<Integer>> shapes, NetworkOptions options, NamingConvention convention) {
    this.shapes = shapes;
    this.options = options;
    this.convention = convention;
    // Where blocks begin with their norm, the stem has none, and the last block is followed by one.
    // MXNet's stem has a norm, too: there the last one tells.
    this.preActivated =
        presentBelow("layer1.0.bn1.")
            && (!presentBelow("bn1.") || presentBelow("bn.") || presentBelow("norm."));
    boolean running = shapes.keySet().stream().anyMatch(name -> name.contains(".running_"));
    this.norms = running || !presentBelow("layer1.0.bn1.") ? Norms.BATCH : Norms.GROUP;
  }

  /**
   * The network of the given tensors, which are exactly those it needs.
   *
   * @param shapes torchvision's names and row-major shapes; without a classifier the network gives
   *     features alone
   * @param options what the shapes do not tell
   * @param convention of the tensors' names in their file, which tells more
   * @throws NetworkException if the tensors are not a residual network's; the message names them
   */
  static Topology infer(
      Map<String, List<Integer>> shapes, NetworkOptions options, NamingConvention convention)
      throws NetworkException {
    Topology topology = new TopologyInference(shapes, options, convention).topology();
    check(topology, shapes);
    return topology;
  }

  /** By torchvision's names. */
  static Topology infer(Map<String, List<Integer>> shapes, NetworkOptions options)
      throws NetworkException {
    return infer(shapes, options, NamingConvention.TORCHVISION);
  }

  private Topology topology() throws NetworkException {
    List<Convolution> stem = stem();
    boolean large = stem.size() > 1 || stem.getFirst().kernel() > 3;
    boolean pooled = Objects.requireNonNullElse(options.stemPool(), large);
    Pool pool = pooled ? pool() : Pool.NONE;
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
        stem, pool, stages, classifier, classes, preActivated ? lastNorm() : null, norms);
  }

  private Pool pool() {
    if (convention.poolsBeyond()) {
      return Pool.BEYOND;
    }
    return convention.isOfBit() && norms == Norms.GROUP ? Pool.ZEROS : Pool.PADDED;
  }

  /** One convolution, or several that are numbered as those of a sequence with norms and ReLUs. */
  private List<Convolution> stem() throws NetworkException {
    if (!present("conv1.0.weight")) {
      int kernel = shape("conv1.weight", 4).get(2);
      return List.of(
          convolution(
              "conv1",
              preActivated && !presentBelow("bn1.") ? null : "bn1",
              stemStride(kernel > 3 ? 2 : 1)));
    }
    List<Convolution> stem = new ArrayList<>();
    for (int i = 0; present("conv1.%d.weight".formatted(i)); i += 3) {
      boolean ends = !present("conv1.%d.weight".formatted(i + 3));
      stem.add(
          convolution(
              "conv1." + i,
              ends ? (preActivated ? null : "bn1") : "conv1.%d".formatted(i + 1),
              i == 0 ? stemStride(2) : 1));
    }
    return stem;
  }

  private int stemStride(int usual) {
    return Objects.requireNonNullElse(options.stemStride(), usual);
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
    int strided = bottleneck && variant(prefix) == Variant.V1_5 ? 2 : 1;
    List<Convolution> body = new ArrayList<>();
    int count = bottleneck ? 3 : 2;
    for (int position = 1; position <= count; position++) {
      int norm = preActivated ? position + 1 : position;
      Convolution convolution =
          convolution(
              "%s.conv%d".formatted(prefix, position),
              norm > count ? null : "%s.bn%d".formatted(prefix, norm),
              position == strided ? stride : 1);
      boolean middle = bottleneck && position == 2;
      body.add(middle ? grouped(convolution, body.getFirst().outputs()) : convolution);
    }
    Block plain = shortcut(prefix, body, stride);
    boolean sumNorm = !preActivated && !bottleneck && presentBelow(prefix + ".bn3.");
    return new Block(
        body,
        plain.projection(),
        plain.averages(),
        preActivated ? prefix + ".bn1" : null,
        sumNorm ? prefix + ".bn3" : null,
        preActivated || sumNorm ? null : excitation(prefix + ".se"));
  }

  private Variant variant(String prefix) throws NetworkException {
    boolean first =
        convention.stridesFirst()
            && shape(prefix + ".conv1.weight", 4)
                .get(0)
                .equals(shape(prefix + ".conv2.weight", 4).get(1));
    return Objects.requireNonNullElse(options.variant(), first ? Variant.V1 : Variant.V1_5);
  }

  /** With as many groups as its channels are more than those that its weight has. */
  private static Convolution grouped(Convolution convolution, int inputs) {
    int each = convolution.inputs();
    int groups = each > 0 && inputs % each == 0 ? inputs / each : 1;
    return groups > 1 && convolution.outputs() % groups == 0
        ? new Convolution(
            convolution.name(),
            convolution.norm(),
            inputs,
            convolution.outputs(),
            convolution.kernel(),
            convolution.stride(),
            groups)
        : convolution;
  }

  private Block.@Nullable Excitation excitation(String name) throws NetworkException {
    if (!present(name + ".fc1.weight")) {
      return null;
    }
    List<Integer> reduce = shape(name + ".fc1.weight", 4);
    return new Block.Excitation(name, reduce.get(1), reduce.get(0));
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
    if (!present(averaged + (preActivated ? ".1.weight" : ".2.weight"))) {
      return new Block(body, null, /* averages= */ false);
    }
    @Nullable String norm = preActivated ? null : averaged + ".2";
    return new Block(body, convolution(averaged + ".1", norm, 1), stride > 1);
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
    int channels = 3;
    for (Convolution convolution : topology.stem()) {
      checkInputs(convolution, channels, broken);
      channels = convolution.outputs();
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
    if (topology.norms() == Norms.GROUP) {
      checkGroups(topology, broken);
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

  private static void checkGroups(Topology topology, List<String> broken) {
    topology
        .tensors()
        .forEach((name, shape) -> {
          if (shape.size() == 1
              && name.endsWith(".weight") // of linear layers it has more dimensions
              && shape.getFirst() % Step.GroupNormalize.GROUPS != 0) {
            broken.add(
                "%s has %d channels, which %d groups do not divide (no norm has running statistics,"
                        .formatted(name, shape.getFirst(), Step.GroupNormalize.GROUPS)
                    + " so that they are taken for group norms; batch norms' are buffers, which"
                    + " model.state_dict() has and model.parameters() has not)");
          }
        });
  }

  private static int checkBlock(Block block, int channels, List<String> broken) {
    int flowing = channels;
    for (Convolution convolution : block.body()) {
      checkInputs(convolution, flowing, broken);
      flowing = convolution.outputs();
    }
    Block.Excitation excitation = block.excitation();
    if (excitation != null && excitation.channels() != flowing) {
      broken.add(
          "%s takes %d channels and gets %d"
              .formatted(excitation.reduce(), excitation.channels(), flowing));
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
          "%s takes %d channels and gets %d"
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
