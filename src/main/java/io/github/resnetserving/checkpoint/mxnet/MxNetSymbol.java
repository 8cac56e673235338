package io.github.resnetserving.checkpoint.mxnet;

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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes a graph of a symbol, MXNet's JSON of a network. */
final class MxNetSymbol {

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(16).build())
                  .build())
          .build();

  private final JsonNode nodes;
  private final Map<String, Array> arrays;
  private final Vectors vectors = new Vectors();

  MxNetSymbol(String json, Map<String, Array> arrays) throws WeightsException {
    this.arrays = arrays;
    try {
      this.nodes = JSON.readTree(json).path("nodes");
    } catch (JacksonException e) {
      throw new WeightsException(
          "the symbol beside it cannot be read as JSON (%s)"
              .formatted(Printable.of(e.getOriginalMessage())),
          e);
    }
  }

  ForeignGraph graph() throws WeightsException {
    List<ForeignNode> made = new ArrayList<>();
    for (JsonNode node : nodes) {
      String kind = node.path("op").asString("");
      if (!kind.equals("null")) {
        String name = node.path("name").asString("");
        List<String> inputs = names(node);
        List<String> read =
            inputs.stream()
                .filter(input -> !arrays.containsKey(input) && !input.endsWith("label"))
                .toList();
        List<String> parameters = inputs.stream().filter(arrays::containsKey).toList();
        made.add(
            new ForeignNode(name, kind, read, name, operation(kind, parameters, settings(node))));
      }
    }
    return new ForeignGraph("data", made);
  }

  private List<String> names(JsonNode node) {
    List<String> names = new ArrayList<>();
    for (JsonNode input : node.path("inputs")) {
      names.add(nodes.path(input.path(0).asInt(-1)).path("name").asString(""));
    }
    return names;
  }

  private static JsonNode settings(JsonNode node) {
    for (String key : List.of("attrs", "attr", "param")) {
      if (node.path(key).isObject()) {
        return node.path(key);
      }
    }
    return node.path("attrs");
  }

  private Operation operation(String kind, List<String> parameters, JsonNode settings)
      throws WeightsException {
    return switch (kind) {
      case "Convolution" -> {
        Array weight = parameter(parameters, 0);
        boolean square =
            weight.shape().size() == 4 && weight.shape().get(2).equals(weight.shape().get(3));
        Window window = square ? window(settings, weight.shape().get(2)) : null;
        yield window == null
            ? Unknown.WINDOW
            : new Operation.Convolve(
                weight, parameters.size() > 1 ? parameter(parameters, 1) : null, window);
      }
      case "BatchNorm" -> {
        float[] scale = vectors.read(parameter(parameters, 0));
        if (settings.path("fix_gamma").asString("True").equals("True")) {
          Arrays.fill(scale, 1);
        }
        yield new Operation.Normalize(
            scale,
            vectors.read(parameter(parameters, 1)),
            vectors.read(parameter(parameters, 2)),
            vectors.read(parameter(parameters, 3)),
            epsilon(settings));
      }
      case "Activation" ->
          settings.path("act_type").asString("").equals("relu")
              ? Plain.RELU
              : new Unknown("the activation is not relu");
      case "relu" -> Plain.RELU;
      case "Pooling" -> pool(settings);
      case "elemwise_add", "_Plus", "_plus", "broadcast_add", "ElementWiseSum", "add_n" ->
          parameters.isEmpty() ? Plain.ADD : new Unknown("weights are added to an activation");
      case "Flatten", "flatten", "Dropout", "identity", "_copy", "Cast" -> Plain.PASS;
      case "FullyConnected" ->
          new Operation.Classify(
              parameter(parameters, 0), parameters.size() > 1 ? parameter(parameters, 1) : null);
      case "SoftmaxOutput", "softmax", "SoftmaxActivation", "log_softmax", "Softmax" ->
          Plain.SOFTMAX;
      default -> new Unknown("there is an operation that no network of the family has");
    };
  }

  private static Operation pool(JsonNode settings) {
    String type = settings.path("pool_type").asString("max");
    if (!type.equals("max") && !type.equals("avg")) {
      return new Unknown("the pool takes neither the largest nor the mean");
    }
    boolean largest = type.equals("max");
    if (settings.path("global_pool").asString("False").matches("(?i)true|1")) {
      return largest
          ? new Unknown("the last pool takes the largest, not the mean")
          : Plain.GLOBAL_POOL;
    }
    int kernel = equal(settings.path("kernel").asString(""), -1);
    Window window = kernel < 1 ? null : window(settings, kernel);
    if (window == null) {
      return Unknown.WINDOW;
    }
    return largest ? new Operation.MaxPool(window) : new Operation.AveragePool(window);
  }

  private static @Nullable Window window(JsonNode settings, int kernel) {
    int stride = equal(settings.path("stride").asString("()"), 1);
    int pad = equal(settings.path("pad").asString("()"), 0);
    int dilation = equal(settings.path("dilate").asString("()"), 1);
    boolean ceil = settings.path("pooling_convention").asString("valid").equals("full");
    return stride < 1 || pad < 0 || dilation != 1
        ? null
        : new Window(kernel, stride, pad, pad, ceil);
  }

  /** The one number of a tuple of equal ones, such as "(3, 3)"; -1 where they differ. */
  private static int equal(String tuple, int none) {
    List<String> numbers =
        Arrays.stream(tuple.replaceAll("[()\\[\\]\\s]", "").split(",", -1))
            .filter(text -> !text.isEmpty())
            .distinct()
            .toList();
    if (numbers.isEmpty()) {
      return none;
    }
    return numbers.size() == 1 && numbers.getFirst().matches("\\d{1,4}")
        ? Integer.parseInt(numbers.getFirst())
        : -1;
  }

  private static double epsilon(JsonNode settings) throws WeightsException {
    String text = settings.path("eps").asString("0.001");
    if (!text.matches("\\d{0,9}\\.?\\d{1,20}(e-?\\d{1,2})?")) {
      throw new WeightsException(
          "the symbol beside it has a norm whose eps is \"%s\": it must be a number"
              .formatted(Printable.of(text)));
    }
    return Double.parseDouble(text);
  }

  private Array parameter(List<String> parameters, int index) throws WeightsException {
    Array array = index < parameters.size() ? arrays.get(parameters.get(index)) : null;
    if (array == null) {
      throw new WeightsException(
          "the symbol beside it needs weights that the file lacks, beside %s: give the files that were saved together"
              .formatted(Printable.of(String.join(", ", parameters))));
    }
    return array;
  }
}
