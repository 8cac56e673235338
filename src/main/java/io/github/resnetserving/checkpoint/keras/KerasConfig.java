package io.github.resnetserving.checkpoint.keras;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignGraph;
import io.github.resnetserving.checkpoint.foreign.ForeignNode;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Plain;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Unknown;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Vectors;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Window;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes a graph of a model's settings, of Keras 2 or 3. */
final class KerasConfig {

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .build())
          .build();

  private final JsonNode model;
  private final KerasWeights weights;
  private final List<ForeignNode> nodes = new ArrayList<>();
  private final Vectors vectors = new Vectors();
  private String input = "";

  KerasConfig(String json, KerasWeights weights) throws WeightsException {
    this.weights = weights;
    try {
      this.model = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new WeightsException(
          "its settings cannot be read as JSON (%s): save the model again"
              .formatted(Printable.of(e.getOriginalMessage())),
          e);
    }
  }

  ForeignGraph graph() throws WeightsException {
    for (JsonNode layer : model.path("config").path("layers")) {
      String kind = layer.path("class_name").asString("");
      String name = layer.path("name").asString(layer.path("config").path("name").asString(""));
      List<String> read = new ArrayList<>();
      inputs(layer.path("inbound_nodes"), read);
      if (kind.equals("InputLayer")) {
        input = name;
      } else {
        if (read.isEmpty()) {
          throw new WeightsException(
              "it is not a ResNet that runs here: its layer %s (%s) has no input of its own. Save the inner model of a Sequential model, or build the classifier on its output"
                  .formatted(Printable.of(name), Printable.of(kind)));
        }
        add(name, kind, read, layer.path("config"));
      }
    }
    return new ForeignGraph(input, nodes);
  }

  /** The layers that a layer reads: Keras 2 lists them, Keras 3 wraps them in arguments. */
  private static void inputs(JsonNode node, List<String> found) {
    if (node.isArray()
        && node.size() >= 3
        && node.get(0).isString()
        && node.get(1).isNumber()
        && node.get(2).isNumber()) {
      found.add(node.get(0).asString());
    } else if (node.isArray() || node.isObject()) {
      for (JsonNode inner : node) {
        inputs(inner, found);
      }
    }
  }

  private void add(String name, String kind, List<String> read, JsonNode config)
      throws WeightsException {
    @Nullable Operation activation = activation(config.path("activation"));
    boolean own = kind.equals("Activation");
    if (own || activation == Plain.PASS) {
      Operation operation = own && activation != null ? activation : operation(name, kind, config);
      nodes.add(new ForeignNode(name, kind, read, name, operation));
      return;
    }
    String before = name + "/linear";
    nodes.add(new ForeignNode(name, kind, read, before, operation(name, kind, config)));
    nodes.add(
        new ForeignNode(
            name,
            "activation",
            List.of(before),
            name,
            activation == null ? new Unknown("the activation is not known") : activation));
  }

  private static Operation activation(JsonNode activation) {
    String name =
        activation.isObject()
            ? activation.path("class_name").asString("")
            : activation.asString("linear");
    if (activation.isObject() && name.equals("ReLU")) {
      return relu(activation.path("config"));
    }
    return switch (name) {
      case "linear", "" -> Plain.PASS;
      case "relu", "ReLU" -> Plain.RELU;
      case "softmax" -> Plain.SOFTMAX;
      default -> new Unknown("the activation is %s, not relu".formatted(Printable.of(name)));
    };
  }

  private static Operation relu(JsonNode config) {
    if (!config.path("max_value").isNull() && !config.path("max_value").isMissingNode()) {
      return new Unknown("the ReLU has a largest value");
    }
    return isZero(config.path("negative_slope")) && isZero(config.path("threshold"))
        ? Plain.RELU
        : new Unknown("the ReLU has a negative slope or a threshold");
  }

  private static boolean isZero(JsonNode number) {
    return number.isMissingNode()
        || number.isNull()
        || (number.isNumber() && number.doubleValue() == 0);
  }

  private Operation operation(String name, String kind, JsonNode config) throws WeightsException {
    return switch (kind) {
      case "Conv2D" -> convolution(name, config);
      case "BatchNormalization" -> norm(name, config);
      case "ReLU" -> relu(config);
      case "Softmax" -> Plain.SOFTMAX;
      case "Add" -> Plain.ADD;
      case "GlobalAveragePooling2D" -> Plain.GLOBAL_POOL;
      case "Flatten", "Dropout" -> Plain.PASS;
      case "ZeroPadding2D" -> pad(config.path("padding"));
      case "MaxPooling2D" -> {
        Window window = pool(config);
        yield window == null ? Unknown.WINDOW : new Operation.MaxPool(window);
      }
      case "AveragePooling2D" -> {
        Window window = pool(config);
        yield window == null ? Unknown.WINDOW : new Operation.AveragePool(window);
      }
      case "Dense" -> {
        List<Array> arrays = weights.of(name, 1, 2);
        yield arrays.getFirst().shape().size() == 2
            ? new Operation.Classify(
                arrays.getFirst().transposed(), arrays.size() > 1 ? arrays.get(1) : null)
            : new Unknown("the classifier's kernel is no matrix");
      }
      case "Lambda" -> new Unknown("a Lambda layer holds code, which is never executed");
      case "Functional", "Model", "Sequential" ->
          new Unknown(
              "there is a model within the model: save the inner one, or build the classifier on"
                  + " its output");
      default -> new Unknown("there is a layer that no network of the family has");
    };
  }

  private Operation convolution(String name, JsonNode config) throws WeightsException {
    List<Array> arrays = weights.of(name, 1, 2);
    Array kernel = weights.kernel(arrays.getFirst(), name);
    Integer stride = equal(config.path("strides"));
    Integer dilation = equal(config.path("dilation_rate"));
    int side = kernel.shape().get(2);
    int pad = padding(config, side, stride == null ? 0 : stride);
    if (side != kernel.shape().get(3)
        || stride == null
        || (dilation != null && dilation != 1)
        || pad < 0) {
      return Unknown.WINDOW;
    }
    return new Operation.Convolve(
        kernel,
        arrays.size() > 1 ? arrays.get(1) : null,
        new Window(side, stride, pad, pad, /* ceil= */ false));
  }

  private Operation norm(String name, JsonNode config) throws WeightsException {
    boolean scale = config.path("scale").asBoolean(true);
    boolean center = config.path("center").asBoolean(true);
    int count = 2 + (scale ? 1 : 0) + (center ? 1 : 0);
    return KerasNames.norm(
        vectors,
        weights.of(name, count, count),
        scale,
        center,
        config.path("epsilon").asDouble(1e-3));
  }

  private static Operation pad(JsonNode padding) {
    List<Integer> sides = new ArrayList<>();
    for (JsonNode axis : padding) {
      if (axis.isArray()) {
        axis.forEach(side -> sides.add(side.asInt(-1)));
      } else {
        sides.add(axis.asInt(-1));
      }
    }
    boolean even = sides.stream().distinct().count() == 1 && sides.getFirst() >= 0;
    return even && sides.getFirst() < 64 ? new Operation.ZeroPad(sides.getFirst()) : Unknown.WINDOW;
  }

  private static @Nullable Window pool(JsonNode config) {
    Integer kernel = equal(config.path("pool_size"));
    Integer stride = config.path("strides").isNull() ? kernel : equal(config.path("strides"));
    int pad = kernel == null || stride == null ? -1 : padding(config, kernel, stride);
    return kernel == null || stride == null || pad < 0
        ? null
        : new Window(kernel, stride, pad, pad, /* ceil= */ false);
  }

  /** Pixels on each side; -1 where the sides differ, as with "same" at a stride. */
  private static int padding(JsonNode config, int kernel, int stride) {
    return switch (config.path("padding").asString("valid")) {
      case "valid" -> 0;
      case "same" -> kernel == 1 ? 0 : stride == 1 && kernel % 2 == 1 ? kernel / 2 : -1;
      default -> -1;
    };
  }

  /** The one number of a list of equal ones; null where they differ. */
  private static @Nullable Integer equal(JsonNode numbers) {
    List<Integer> values = new ArrayList<>();
    if (numbers.isNumber()) {
      values.add(numbers.asInt(0));
    }
    for (JsonNode number : numbers) {
      values.add(number.asInt(0));
    }
    boolean equal = values.stream().distinct().count() == 1;
    return equal && values.getFirst() > 0 && values.getFirst() < 1024 ? values.getFirst() : null;
  }
}
