package io.github.resnetserving.checkpoint.keras;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignGraph;
import io.github.resnetserving.checkpoint.foreign.ForeignNode;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Plain;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Vectors;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes a graph of the names that Keras Applications give the layers of ResNet-50, 101 and 152:
 * today's, such as {@code conv2_block1_1_conv}, and those until 2019, such as {@code
 * res2a_branch2a}. For use by one thread.
 */
final class KerasNames {

  /** What Keras Applications add to a variance today, and did until 2019. */
  private static final double EPSILON = 1.001e-5;

  private static final double OLD_EPSILON = 1e-3;

  /** What no name and no shape tells. */
  static final String DOUBT =
      "the first pool is taken to be padded, as in Keras Applications since 2018; before, it was"
          + " not (55 pixels after it, of 224), which does not run here: the logits then differ a"
          + " little";

  private static final int MAX_BLOCKS = 200;

  private final KerasWeights weights;
  private final Set<String> layers;
  private final boolean old;
  private final List<ForeignNode> nodes = new ArrayList<>();
  private final Vectors vectors = new Vectors();
  private final Set<String> used = new HashSet<>();

  KerasNames(KerasWeights weights) {
    this.weights = weights;
    this.layers = weights.layers();
    this.old = areOld(layers);
  }

  static boolean areOld(Set<String> layers) {
    return layers.contains("res2a_branch2a");
  }

  /** Whether the layers are those of Keras Applications. */
  static boolean arePublished(Set<String> layers) {
    return layers.contains("conv2_block1_1_conv") || areOld(layers);
  }

  ForeignGraph graph() throws WeightsException {
    if (!arePublished(layers)) {
      throw new WeightsException(
          "it holds weights without the model's settings, and the layers have not the names of Keras Applications (%s): save the whole model with model.save(\"model.keras\")"
              .formatted(Printable.of(String.join(", ", layers))));
    }
    if (layers.contains("conv2_block1_preact_bn")) {
      throw new WeightsException(
          "it is Keras' ResNet V2, whose stages halve the map in their last block, and whose first"
              + " pool is padded with zeros: that does not run here. Take timm's or MXNet's, or"
              + " ResNet-50 to 152 of Keras");
    }
    String at = convolution("input", old ? "conv1" : "conv1_conv", 2, 3);
    at = plain("relu", norm(at, old ? "bn_conv1" : "conv1_bn"), Plain.RELU);
    at = plain("pool1", at, new Operation.MaxPool(new Window(3, 2, 1, 1, /* ceil= */ false)));
    for (int stage = 2; has(stage, 1); stage++) {
      for (int block = 1; has(stage, block) && block <= MAX_BLOCKS; block++) {
        at = block(at, stage, block);
      }
    }
    at = plain("avg_pool", at, Plain.GLOBAL_POOL);
    for (String head : List.of("predictions", "fc1000", "probs")) {
      if (layers.contains(head)) {
        List<Array> arrays = take(head, 1, 2);
        at =
            plain(
                head,
                at,
                new Operation.Classify(
                    arrays.getFirst().transposed(), arrays.size() > 1 ? arrays.get(1) : null));
      }
    }
    requireAllUsed();
    return new ForeignGraph("input", nodes);
  }

  /** What has other layers beside is another network, such as one with a classifier of its own. */
  private void requireAllUsed() throws WeightsException {
    for (String layer : layers) {
      if (!used.contains(layer) && weights.has(layer)) {
        throw new WeightsException(
            "its layer %s is none of a ResNet of Keras Applications, and the settings that tell what it does are not in the file: save the whole model with model.save(\"model.keras\")"
                .formatted(Printable.of(layer)));
      }
    }
  }

  private List<Array> take(String layer, int least, int most) throws WeightsException {
    used.add(layer);
    return weights.of(layer, least, most);
  }

  private boolean has(int stage, int block) {
    return layers.contains(name(stage, block, 1));
  }

  /** The name of a block's convolution; 0 is the shortcut's. */
  private String name(int stage, int block, int position) {
    if (!old) {
      return "conv%d_block%d_%d_conv".formatted(stage, block, position);
    }
    String branch = position == 0 ? "1" : "2" + "abc".charAt(position - 1);
    String letter = "res%d%c_branch%s".formatted(stage, 'a' + block - 1, branch);
    String number = "res%db%d_branch%s".formatted(stage, block - 1, branch);
    return block > 1 && layers.contains(number) ? number : letter;
  }

  private String normName(String convolution) {
    return old ? convolution.replaceFirst("^res", "bn") : convolution.replaceFirst("_conv$", "_bn");
  }

  private String block(String start, int stage, int block) throws WeightsException {
    int stride = stage > 2 && block == 1 ? 2 : 1;
    String shortcut = start;
    String projection = name(stage, block, 0);
    if (layers.contains(projection)) {
      shortcut = norm(convolution(start, projection, stride, 0), normName(projection));
    }
    String at = start;
    for (int position = 1; position <= 3; position++) {
      String name = name(stage, block, position);
      at =
          norm(
              convolution(at, name, position == 1 ? stride : 1, position == 2 ? 1 : 0),
              normName(name));
      if (position < 3) {
        at = plain(name + "_relu", at, Plain.RELU);
      }
    }
    String sum = "add%d_%d".formatted(stage, block);
    nodes.add(new ForeignNode(sum, "Add", List.of(at, shortcut), sum, Plain.ADD));
    return plain(sum + "_relu", sum, Plain.RELU);
  }

  private String plain(String name, String input, Operation operation) {
    nodes.add(new ForeignNode(name, "layer", List.of(input), name, operation));
    return name;
  }

  private String convolution(String input, String name, int stride, int padding)
      throws WeightsException {
    List<Array> arrays = take(name, 1, 2);
    Array kernel = weights.kernel(arrays.getFirst(), name);
    Window window = new Window(kernel.shape().get(2), stride, padding, padding, /* ceil= */ false);
    return plain(
        name,
        input,
        new Operation.Convolve(kernel, arrays.size() > 1 ? arrays.get(1) : null, window));
  }

  private String norm(String input, String name) throws WeightsException {
    return plain(
        name, input, norm(vectors, take(name, 4, 4), true, true, old ? OLD_EPSILON : EPSILON));
  }

  /** A norm of its arrays, in Keras' order. */
  static Operation norm(
      Vectors vectors, List<Array> arrays, boolean scale, boolean center, double epsilon)
      throws WeightsException {
    List<float[]> values = new ArrayList<>();
    for (Array array : arrays) {
      values.add(vectors.read(array));
    }
    float[] variance = values.removeLast();
    float[] mean = values.removeLast();
    float[] shift = center ? values.removeLast() : new float[mean.length];
    float[] ones = new float[mean.length];
    Arrays.fill(ones, 1);
    return new Operation.Normalize(
        scale ? values.removeLast() : ones, shift, mean, variance, epsilon);
  }
}
