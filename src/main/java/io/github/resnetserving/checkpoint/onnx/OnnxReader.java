package io.github.resnetserving.checkpoint.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignGraph;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.foreign.ForeignNode;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Plain;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Vectors;
import io.github.resnetserving.checkpoint.foreign.GraphRecognition;
import io.github.resnetserving.checkpoint.wire.Onnx.AttributeProto;
import io.github.resnetserving.checkpoint.wire.Onnx.GraphProto;
import io.github.resnetserving.checkpoint.wire.Onnx.ModelProto;
import io.github.resnetserving.checkpoint.wire.Onnx.NodeProto;
import io.github.resnetserving.checkpoint.wire.Onnx.TensorProto;
import io.github.resnetserving.checkpoint.wire.Onnx.ValueInfoProto;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one ONNX model. For use by one thread. */
public final class OnnxReader {

  private static final Set<String> QUANTISED =
      Set.of(
          "QuantizeLinear",
          "DequantizeLinear",
          "DynamicQuantizeLinear",
          "QLinearConv",
          "QLinearMatMul",
          "QLinearAdd",
          "ConvInteger",
          "MatMulInteger");

  private final GraphProto graph;
  private final Map<String, TensorProto> constants = new HashMap<>();

  /** What is computed from shapes and constants alone: where a flattening finds its sizes. */
  private final Set<String> sizes = new HashSet<>();

  private final OnnxTensors tensors;
  private final Vectors vectors = new Vectors();

  private OnnxReader(GraphProto graph, Path folder) {
    this.graph = graph;
    this.tensors = new OnnxTensors(folder);
  }

  /**
   * Reads a model.
   *
   * @param file the whole file, of less than 2 GiB; its tensors are read when they are asked for
   * @param folder where files lie that the model names
   * @throws WeightsException if it is not whole, or no residual network that runs here
   */
  public static ForeignNetwork read(MemorySegment file, Path folder) throws WeightsException {
    ModelProto model = parse(file);
    return GraphRecognition.of(new OnnxReader(model.getGraph(), folder).foreign());
  }

  private static ModelProto parse(MemorySegment file) throws WeightsException {
    try {
      CodedInputStream in =
          UnsafeByteOperations.unsafeWrap(file.asByteBuffer().asReadOnlyBuffer()).newCodedInput();
      in.enableAliasing(true); // tensors stay where they are
      return ModelProto.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      throw new WeightsException(
          "it begins as an ONNX model, but is truncated or damaged (%s): fetch it again"
              .formatted(Printable.of(String.valueOf(e.getMessage()))),
          e);
    } catch (IOException e) {
      throw new WeightsException("it cannot be read: " + e.getMessage(), e);
    }
  }

  private ForeignGraph foreign() throws WeightsException {
    for (TensorProto tensor : graph.getInitializerList()) {
      constants.put(tensor.getName(), tensor);
    }
    Set<String> products = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOutputCount() > 0 && node.getOpType().equals("Constant")) {
        constant(node);
      } else if (isConstantPassedOn(node)) {
        TensorProto same = constants.get(node.getInput(0));
        if (same != null) {
          constants.put(node.getOutput(0), same);
        }
      } else if (node.getOutputCount() > 0 && node.getOpType().equals("MatMul")) {
        products.add(node.getOutput(0));
      }
    }
    List<ForeignNode> nodes = new ArrayList<>();
    Map<String, NodeProto> biases = biases();
    for (NodeProto node : graph.getNodeList()) {
      if (QUANTISED.contains(node.getOpType())) {
        throw new WeightsException(
            "it is quantised: at %s (%s) numbers of 8 bits begin. Give the float32 model that it was made of; int8 is made here, by calibrate and --precision int8"
                .formatted(Printable.of(node.getName()), Printable.of(node.getOpType())));
      }
      if (node.getOutputCount() == 0
          || node.getOpType().equals("Constant")
          || isConstantPassedOn(node)
          || isSize(node)) {
        continue;
      }
      NodeProto bias = biases.get(node.getOutput(0));
      boolean matrix = node.getOpType().equals("MatMul");
      List<String> read = activations(node);
      if (read.size() == 1
          && node.getOpType().equals("Add")
          && products.contains(read.getFirst())) {
        continue; // the bias of that product
      }
      nodes.add(
          new ForeignNode(
              node.getName(),
              node.getOpType(),
              read,
              matrix && bias != null ? bias.getOutput(0) : node.getOutput(0),
              operation(node, matrix ? bias : null)));
    }
    return new ForeignGraph(input(), nodes);
  }

  /** The only input that is no weight: until IR 3 weights were inputs, too. */
  private String input() throws WeightsException {
    List<String> inputs =
        graph.getInputList().stream()
            .map(ValueInfoProto::getName)
            .filter(name -> !constants.containsKey(name))
            .toList();
    if (inputs.size() != 1) {
      throw new WeightsException(
          "it is not a ResNet that runs here: it has %d inputs beside its weights; one is expected"
              .formatted(inputs.size()));
    }
    return inputs.getFirst();
  }

  private void constant(NodeProto node) {
    sizes.add(node.getOutput(0));
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals("value")) {
        constants.put(node.getOutput(0), attribute.getT());
      }
    }
  }

  /** As exporters write where two layers have equal weights. */
  private boolean isConstantPassedOn(NodeProto node) {
    return node.getOpType().equals("Identity")
        && node.getOutputCount() == 1
        && node.getInputCount() == 1
        && constants.containsKey(node.getInput(0));
  }

  private boolean isSize(NodeProto node) {
    boolean size =
        node.getOpType().equals("Shape")
            || (node.getInputCount() > 0
                && node.getInputList().stream()
                    .allMatch(name -> sizes.contains(name) || constants.containsKey(name))
                && node.getInputList().stream().anyMatch(sizes::contains));
    if (size) {
      sizes.addAll(node.getOutputList());
    }
    return size;
  }

  private List<String> activations(NodeProto node) {
    return node.getInputList().stream()
        .filter(name -> !name.isEmpty() && !constants.containsKey(name) && !sizes.contains(name))
        .toList();
  }

  /** The additions of a constant, by the activation that they add it to. */
  private Map<String, NodeProto> biases() {
    Map<String, NodeProto> biases = new HashMap<>();
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Add") && activations(node).size() == 1) {
        biases.put(activations(node).getFirst(), node);
      }
    }
    return biases;
  }

  private Operation operation(NodeProto node, @Nullable NodeProto bias) throws WeightsException {
    OnnxAttributes attributes = new OnnxAttributes(node);
    try {
      return switch (node.getOpType()) {
        case "Conv" -> convolution(node, attributes);
        case "BatchNormalization" -> normalization(node, attributes);
        case "Relu" -> Plain.RELU;
        case "Add", "Sum" ->
            activations(node).size() == 2 && node.getInputCount() == 2
                ? Plain.ADD
                : new Operation.Unknown("something else than two activations is added");
        case "MaxPool" -> attributes.maxPool();
        case "AveragePool" -> attributes.averagePool();
        case "GlobalAveragePool" -> Plain.GLOBAL_POOL;
        case "ReduceMean" -> mean(node, attributes);
        case "Flatten", "Reshape", "Squeeze", "Identity", "Dropout", "Cast" -> Plain.PASS;
        case "Softmax", "LogSoftmax" -> Plain.SOFTMAX;
        case "Gemm" -> gemm(node, attributes);
        case "MatMul" -> matrix(node, bias);
        default -> new Operation.Unknown("there is an operation that no network of the family has");
      };
    } catch (WeightsException e) {
      throw e.in(Printable.of("node " + node.getName() + " (" + node.getOpType() + ")"));
    }
  }

  private Operation convolution(NodeProto node, OnnxAttributes attributes) throws WeightsException {
    ForeignNode.Array weight = tensors.array(constant(node, 1));
    ForeignNode.Array bias =
        node.getInputCount() > 2 && !node.getInput(2).isEmpty()
            ? tensors.array(constant(node, 2))
            : null;
    return attributes.convolution(weight, bias);
  }

  private Operation normalization(NodeProto node, OnnxAttributes attributes)
      throws WeightsException {
    float[][] arrays = new float[4][];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = vectors.read(tensors.array(constant(node, i + 1)));
    }
    return new Operation.Normalize(
        arrays[0], arrays[1], arrays[2], arrays[3], attributes.number("epsilon", 1e-5f));
  }

  private Operation mean(NodeProto node, OnnxAttributes attributes) throws WeightsException {
    List<Long> axes = attributes.numbers("axes");
    if (axes.isEmpty() && node.getInputCount() > 1) {
      axes = tensors.longs(constant(node, 1));
    }
    return axes.equals(List.of(2L, 3L))
            || axes.equals(List.of(-1L, -2L))
            || axes.equals(List.of(-2L, -1L))
        ? Plain.GLOBAL_POOL
        : new Operation.Unknown("the mean is taken of the axes %s, not of 2 and 3".formatted(axes));
  }

  private Operation gemm(NodeProto node, OnnxAttributes attributes) throws WeightsException {
    boolean plain =
        attributes.number("alpha", 1) == 1
            && attributes.number("beta", 1) == 1
            && attributes.whole("transA", 0) == 0;
    if (!plain) {
      return new Operation.Unknown("the classifier scales or transposes its input");
    }
    ForeignNode.Array weight = tensors.array(constant(node, 1));
    if (weight.shape().size() != 2) {
      return new Operation.Unknown("the classifier's weight is no matrix");
    }
    return new Operation.Classify(
        attributes.whole("transB", 0) == 0 ? weight.transposed() : weight,
        node.getInputCount() > 2 ? tensors.array(constant(node, 2)) : null);
  }

  private Operation matrix(NodeProto node, @Nullable NodeProto bias) throws WeightsException {
    ForeignNode.Array weight = tensors.array(constant(node, 1));
    if (weight.shape().size() != 2) {
      return new Operation.Unknown("the classifier's weight is no matrix");
    }
    return new Operation.Classify(
        weight.transposed(),
        bias == null
            ? null
            : tensors.array(constant(bias, constants.containsKey(bias.getInput(0)) ? 0 : 1)));
  }

  private TensorProto constant(NodeProto node, int input) throws WeightsException {
    TensorProto tensor = input < node.getInputCount() ? constants.get(node.getInput(input)) : null;
    if (tensor == null) {
      throw new WeightsException(
          "its input %d is no constant: export the model with its weights inside, and for"
                  .formatted(input)
              + " inference");
    }
    return tensor;
  }
}
