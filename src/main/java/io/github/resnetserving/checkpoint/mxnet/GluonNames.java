package io.github.resnetserving.checkpoint.mxnet;

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
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a graph of the names that Gluon gives the arrays of its {@code resnet*_v1}, {@code _v1b}
 * and {@code _v2}. For use by one thread.
 */
final class GluonNames {

  private static final double EPSILON = 1e-5;
  private static final int MAX_BLOCKS = 2000;

  private final Map<String, Array> arrays;
  private final List<ForeignNode> nodes = new ArrayList<>();
  private final Style style;
  private final Vectors vectors = new Vectors();
  private final Set<String> used = new HashSet<>();

  /** How the layers of one kind of network are called. */
  private enum Style {
    /** {@code features.4.0.body.0}: strides are in the first convolution. */
    V1,
    /** {@code features.5.0.conv1}: pre-activated. */
    V2,
    /** {@code layer1.0.conv1}: torchvision's. */
    V1B;

    String block(int stage, int block) {
      return switch (this) {
        case V1 -> "features.%d.%d.".formatted(stage + 3, block);
        case V2 -> "features.%d.%d.".formatted(stage + 4, block);
        case V1B -> "layer%d.%d.".formatted(stage, block);
      };
    }

    String convolution(String block, int position) {
      return block
          + switch (this) {
            case V1 -> "body.%d".formatted(3 * position - 3);
            case V2, V1B -> "conv%d".formatted(position);
          };
    }

    String norm(String block, int position) {
      return block
          + switch (this) {
            case V1 -> "body.%d".formatted(3 * position - 2);
            case V2, V1B -> "bn%d".formatted(position);
          };
    }

    String projection(String block) {
      return block + (this == V2 ? "downsample" : "downsample.0");
    }
  }

  GluonNames(Map<String, Array> arrays) throws WeightsException {
    this.arrays = arrays;
    this.style =
        arrays.containsKey("layer1.0.conv1.weight")
            ? Style.V1B
            : arrays.containsKey("features.4.0.body.0.weight")
                ? Style.V1
                : arrays.containsKey("features.5.0.conv1.weight") ? Style.V2 : unknown();
  }

  private Style unknown() throws WeightsException {
    throw new WeightsException(
        "its arrays have not the names of Gluon's save_parameters, but %s: put the symbol beside it, as net.export writes (NAME-symbol.json and NAME-0000.params)"
            .formatted(Printable.of(String.join(", ", arrays.keySet()))));
  }

  ForeignGraph graph() throws WeightsException {
    String at = "data";
    if (style == Style.V2) {
      at = norm(at, "features.0", /* scaled= */ false);
    }
    String stem =
        switch (style) {
          case V1 -> "features.0";
          case V2 -> "features.1";
          case V1B -> "conv1";
        };
    String stemNorm =
        switch (style) {
          case V1 -> "features.1";
          case V2 -> "features.2";
          case V1B -> "bn1";
        };
    at = relu(norm(convolution(at, stem, 2), stemNorm, /* scaled= */ true));
    at =
        add(
            "pool",
            "Pooling",
            at,
            new Operation.MaxPool(new Window(3, 2, 1, 1, /* ceil= */ false)));
    int stage = 1;
    while (has(stage, 0)) {
      for (int block = 0; has(stage, block) && block < MAX_BLOCKS; block++) {
        at = block(at, style.block(stage, block), stage > 1 && block == 0 ? 2 : 1);
      }
      stage++;
    }
    if (style == Style.V2) {
      at = relu(norm(at, "features.%d".formatted(stage + 4), /* scaled= */ true));
    }
    at = add("pool1", "Pooling", at, Plain.GLOBAL_POOL);
    String head = style == Style.V1B ? "fc" : "output";
    if (arrays.containsKey(head + ".weight")) {
      add(
          head,
          "Dense",
          at,
          new Operation.Classify(get(head + ".weight"), optional(head + ".bias")));
    }
    requireAllUsed();
    return new ForeignGraph("data", nodes);
  }

  /** What has other arrays beside, such as those of squeeze and excitation, is another network. */
  private void requireAllUsed() throws WeightsException {
    for (String name : arrays.keySet()) {
      if (!used.contains(name)) {
        throw new WeightsException(
            "its array %s is none of the networks of Gluon that run here: put the symbol beside it, as net.export writes (NAME-symbol.json and NAME-0000.params)"
                .formatted(Printable.of(name)));
      }
    }
  }

  private boolean has(int stage, int block) {
    return arrays.containsKey(style.convolution(style.block(stage, block), 1) + ".weight");
  }

  private String block(String start, String name, int stride) throws WeightsException {
    int count = arrays.containsKey(style.convolution(name, 3) + ".weight") ? 3 : 2;
    int strided = count == 3 && (style != Style.V1 || isGrouped(name)) ? 2 : 1;
    String at = start;
    if (style == Style.V2) {
      at = relu(norm(at, style.norm(name, 1), /* scaled= */ true));
    }
    String shortcut = start;
    if (arrays.containsKey(style.projection(name) + ".weight")) {
      shortcut = convolution(at, style.projection(name), stride);
      if (style != Style.V2) {
        shortcut = norm(shortcut, name + "downsample.1", /* scaled= */ true);
      }
    }
    for (int position = 1; position <= count; position++) {
      at = convolution(at, style.convolution(name, position), position == strided ? stride : 1);
      if (style == Style.V2 && position < count) {
        at = relu(norm(at, style.norm(name, position + 1), /* scaled= */ true));
      } else if (style != Style.V2) {
        at = norm(at, style.norm(name, position), /* scaled= */ true);
        at = position < count ? relu(at) : at;
      }
    }
    String sum = name + "sum";
    nodes.add(new ForeignNode(sum, "elemwise_add", List.of(at, shortcut), sum, Plain.ADD));
    return style == Style.V2 ? sum : relu(sum);
  }

  /** Whether it is a block of GluonCV's ResNeXt, whose names are those of V1. */
  private boolean isGrouped(String block) throws WeightsException {
    return kernel(style.convolution(block, 2)).shape().get(1)
        < kernel(style.convolution(block, 1)).shape().getFirst();
  }

  private String add(String name, String kind, String input, Operation operation) {
    nodes.add(new ForeignNode(name, kind, List.of(input), name, operation));
    return name;
  }

  private String relu(String input) {
    return add(input + "/relu", "Activation", input, Plain.RELU);
  }

  private Array kernel(String name) throws WeightsException {
    Array weight = get(name + ".weight");
    if (weight.shape().size() != 4) {
      throw new WeightsException(
          "%s has %d dimensions; a kernel has 4"
              .formatted(Printable.of(name), weight.shape().size()));
    }
    return weight;
  }

  private String convolution(String input, String name, int stride) throws WeightsException {
    Array weight = kernel(name);
    int kernel = weight.shape().get(2);
    @Nullable Array bias = optional(name + ".bias");
    Window window = new Window(kernel, stride, kernel / 2, kernel / 2, /* ceil= */ false);
    return add(name, "Convolution", input, new Operation.Convolve(weight, bias, window));
  }

  /**
   * Adds a norm.
   *
   * @param scaled whether its scale counts: that of the image's is one, whatever is saved
   */
  private String norm(String input, String name, boolean scaled) throws WeightsException {
    float[] scale = vectors.read(get(name + ".gamma"));
    float[] shift = vectors.read(get(name + ".beta"));
    if (!scaled) {
      Arrays.fill(scale, 1);
      Arrays.fill(shift, 0);
    }
    return add(
        name,
        "BatchNorm",
        input,
        new Operation.Normalize(
            scale,
            shift,
            vectors.read(get(name + ".running_mean")),
            vectors.read(get(name + ".running_var")),
            EPSILON));
  }

  private @Nullable Array optional(String name) {
    used.add(name);
    return arrays.get(name);
  }

  private Array get(String name) throws WeightsException {
    Array array = optional(name);
    if (array == null) {
      throw new WeightsException(
          "it lacks %s, which a network of Gluon has".formatted(Printable.of(name)));
    }
    return array;
  }
}
