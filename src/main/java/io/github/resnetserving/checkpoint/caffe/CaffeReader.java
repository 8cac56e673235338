package io.github.resnetserving.checkpoint.caffe;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignGraph;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.foreign.ForeignNode;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Normalize;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Plain;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Unknown;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Vectors;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Window;
import io.github.resnetserving.checkpoint.foreign.GraphRecognition;
import io.github.resnetserving.checkpoint.wire.Caffe.BlobProto;
import io.github.resnetserving.checkpoint.wire.Caffe.ConvolutionParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.EltwiseParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.LayerParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.NetParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.PoolingParameter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one network of Caffe. For use by one thread. */
public final class CaffeReader {

  private final NetParameter net;
  private final Map<String, ForeignNode> nodes = new LinkedHashMap<>();

  /** Layers may write where they read: which of an activation's values is the latest. */
  private final Map<String, String> latest = new HashMap<>();

  private final Vectors vectors = new Vectors();
  private @Nullable String input;

  private CaffeReader(NetParameter net) {
    this.net = net;
  }

  /**
   * Reads a network.
   *
   * @param file the whole file, of less than 2 GiB
   * @throws WeightsException if it is not whole, or no residual network that runs here
   */
  public static ForeignNetwork read(MemorySegment file) throws WeightsException {
    return GraphRecognition.of(new CaffeReader(parse(file)).graph());
  }

  private static NetParameter parse(MemorySegment file) throws WeightsException {
    try {
      CodedInputStream in =
          UnsafeByteOperations.unsafeWrap(file.asByteBuffer().asReadOnlyBuffer()).newCodedInput();
      in.enableAliasing(true);
      return NetParameter.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      throw new WeightsException(
          "it is called a caffemodel, but is truncated, damaged or none (%s): fetch it again"
              .formatted(Printable.of(String.valueOf(e.getMessage()))),
          e);
    } catch (IOException e) {
      throw new WeightsException("it cannot be read: " + e.getMessage(), e);
    }
  }

  private ForeignGraph graph() throws WeightsException {
    if (net.getLayerCount() == 0) {
      throw new WeightsException(
          net.getLayersCount() > 0
              ? "it is of a Caffe before 2015, whose ResNets do not exist: upgrade it with"
                  + " upgrade_net_proto_binary"
              : "it is called a caffemodel, but has no layers: fetch it again");
    }
    if (net.getInputCount() > 0) {
      input = net.getInput(0);
    }
    for (LayerParameter layer : net.getLayerList()) {
      try {
        add(layer);
      } catch (WeightsException e) {
        throw e.in("layer " + Printable.of(layer.getName()));
      }
    }
    return new ForeignGraph(input == null ? "data" : input, List.copyOf(nodes.values()));
  }

  private void add(LayerParameter layer) throws WeightsException {
    switch (layer.getType()) {
      case "Input", "Data", "DummyData", "ImageData", "MemoryData", "HDF5Data" -> {
        if (input == null && layer.getTopCount() > 0) {
          input = layer.getTop(0);
        }
      }
      case "Accuracy", "Silence", "SoftmaxWithLoss" -> {} // beside or after the logits
      case "Scale" -> scale(layer);
      default -> {
        List<String> read = layer.getBottomList().stream().map(this::latest).toList();
        Operation operation = operation(layer);
        for (String top : layer.getTopList()) {
          put(layer, read, top, operation);
        }
      }
    }
  }

  private String latest(String activation) {
    return latest.getOrDefault(activation, activation);
  }

  private void put(LayerParameter layer, List<String> read, String top, Operation operation) {
    String output = "%s/%d".formatted(top, nodes.size());
    latest.put(top, output);
    nodes.put(output, new ForeignNode(layer.getName(), layer.getType(), read, output, operation));
  }

  /** Caffe's batch norm only standardises: what follows scales and shifts. */
  private void scale(LayerParameter layer) throws WeightsException {
    if (layer.getBottomCount() > 1) {
      List<String> read = layer.getBottomList().stream().map(this::latest).toList();
      Operation product = new Unknown("two activations are multiplied");
      layer.getTopList().forEach(top -> put(layer, read, top, product));
      return;
    }
    float[] scale = values(layer, 0);
    float[] shift = layer.getBlobsCount() > 1 ? values(layer, 1) : new float[scale.length];
    String read = latest(layer.getBottomCount() == 0 ? "" : layer.getBottom(0));
    ForeignNode before = nodes.get(read);
    if (before != null
        && before.operation() instanceof Normalize plain
        && plain.scale().length == scale.length
        && plain.shift().length == scale.length
        && shift.length == scale.length
        && layer.getTopCount() == 1) {
      nodes.remove(read);
      for (int i = 0; i < scale.length; i++) { // a second one composes with the first
        shift[i] += scale[i] * plain.shift()[i];
        scale[i] *= plain.scale()[i];
      }
      put(
          layer,
          before.inputs(),
          layer.getTop(0),
          new Normalize(scale, shift, plain.mean(), plain.variance(), plain.epsilon()));
      return;
    }
    float[] ones = ones(scale.length);
    Operation alone = new Normalize(scale, shift, new float[scale.length], ones, 0);
    for (String top : layer.getTopList()) {
      put(layer, List.of(read), top, alone);
    }
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private Operation operation(LayerParameter layer) throws WeightsException {
    return switch (layer.getType()) {
      case "Convolution" -> convolution(layer);
      case "BatchNorm" -> norm(layer);
      case "ReLU" ->
          layer.getReluParam().getNegativeSlope() == 0
              ? Plain.RELU
              : new Unknown("the ReLU has a negative slope");
      case "Pooling" -> pool(layer.getPoolingParam());
      case "Eltwise" ->
          layer.getEltwiseParam().getOperation() == EltwiseParameter.EltwiseOp.SUM
                  && layer.getEltwiseParam().getCoeffList().stream().allMatch(c -> c == 1)
              ? Plain.ADD
              : new Unknown("activations are not plainly added");
      case "InnerProduct" ->
          layer.getInnerProductParam().getTranspose()
              ? new Unknown("the classifier's weight is transposed")
              : classifier(layer);
      case "Split", "Flatten", "Dropout", "Reshape" -> Plain.PASS;
      case "Softmax" -> Plain.SOFTMAX;
      default -> new Unknown("there is a layer that no network of the family has");
    };
  }

  private static Operation classifier(LayerParameter layer) throws WeightsException {
    Array weight = array(layer, 0);
    List<Integer> shape = weight.shape();
    int rows = shape.get(Math.max(0, shape.size() - 2)); // of (1, 1, classes, features) until 2015
    long count = shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    if (shape.size() < 2 || (long) rows * shape.getLast() != count) {
      return new Unknown("the classifier's weight is no matrix");
    }
    return new Operation.Classify(
        new Array(List.of(rows, shape.getLast()), weight.values()),
        layer.getBlobsCount() > 1 ? flat(array(layer, 1)) : null);
  }

  private static Operation convolution(LayerParameter layer) throws WeightsException {
    ConvolutionParameter told = layer.getConvolutionParam();
    Array weight = array(layer, 0);
    List<Integer> shape = weight.shape();
    int stride =
        side(
            told.hasStrideH() || told.hasStrideW(),
            told.getStrideH(),
            told.getStrideW(),
            only(told.getStrideList(), 1));
    int pad =
        side(
            told.hasPadH() || told.hasPadW(),
            told.getPadH(),
            told.getPadW(),
            only(told.getPadList(), 0));
    int dilation = only(told.getDilationList(), 1);
    boolean known =
        shape.size() == 4 && shape.get(2).equals(shape.get(3)) && stride > 0 && pad >= 0;
    return !known || dilation != 1
        ? Unknown.WINDOW
        : new Operation.Convolve(
            weight,
            layer.getBlobsCount() > 1 ? flat(array(layer, 1)) : null,
            new Window(shape.get(2), stride, pad, pad, /* ceil= */ false));
  }

  /** The one number of a list of equal ones; -1 where they differ. */
  private static int only(List<Integer> numbers, int usual) {
    List<Integer> distinct = numbers.stream().distinct().toList();
    return distinct.isEmpty()
        ? usual
        : distinct.size() == 1 && distinct.getFirst() < 1024 ? distinct.getFirst() : -1;
  }

  /** The one number of a height and a width, where they are told; -1 where they differ. */
  private static int side(boolean told, int height, int width, int otherwise) {
    return !told ? otherwise : height == width && height < 1024 ? height : -1;
  }

  /** Sums over training, with the factor that they must be divided by. */
  private Operation norm(LayerParameter layer) throws WeightsException {
    float[] mean = values(layer, 0);
    float[] variance = values(layer, 1);
    float factor = values(layer, 2)[0];
    for (int i = 0; i < mean.length && i < variance.length; i++) {
      mean[i] = factor == 0 ? 0 : mean[i] / factor;
      variance[i] = factor == 0 ? 0 : variance[i] / factor;
    }
    return new Normalize(
        ones(mean.length),
        new float[mean.length],
        mean,
        variance,
        Double.parseDouble(Float.toString(layer.getBatchNormParam().getEps())));
  }

  private static Operation pool(PoolingParameter told) {
    boolean largest = told.getPool() == PoolingParameter.PoolMethod.MAX;
    if (told.getGlobalPooling()) {
      return largest
          ? new Unknown("the last pool takes the largest, not the mean")
          : Plain.GLOBAL_POOL;
    }
    int kernel =
        side(
            told.hasKernelH() || told.hasKernelW(),
            told.getKernelH(),
            told.getKernelW(),
            told.getKernelSize());
    int stride =
        side(
            told.hasStrideH() || told.hasStrideW(),
            told.getStrideH(),
            told.getStrideW(),
            told.getStride());
    int pad = side(told.hasPadH() || told.hasPadW(), told.getPadH(), told.getPadW(), told.getPad());
    boolean known =
        kernel > 0 && kernel < 1024 && stride > 0 && stride < 64 && pad >= 0 && pad < 64;
    if (!known || told.getPool() == PoolingParameter.PoolMethod.STOCHASTIC) {
      return new Unknown("the pool has no window that is known here");
    }
    // Caffe rounds up, unless told otherwise. Where nothing is left over, that is no matter.
    boolean ceil = told.getRoundMode() == PoolingParameter.RoundMode.CEIL;
    Window window = new Window(kernel, stride, pad, pad, ceil);
    return largest ? new Operation.MaxPool(window) : new Operation.AveragePool(window);
  }

  private static Array flat(Array array) {
    int count = array.shape().stream().reduce(1, (a, b) -> a * b);
    return new Array(List.of(count), array.values());
  }

  private float[] values(LayerParameter layer, int blob) throws WeightsException {
    return vectors.read(array(layer, blob));
  }

  private static Array array(LayerParameter layer, int index) throws WeightsException {
    if (index >= layer.getBlobsCount()) {
      throw new WeightsException(
          "it has %d arrays of weights; %d are expected: give a trained network"
              .formatted(layer.getBlobsCount(), index + 1));
    }
    BlobProto blob = layer.getBlobs(index);
    List<Long> told =
        blob.hasShape()
            ? blob.getShape().getDimList()
            : List.of(
                (long) blob.getNum(),
                (long) blob.getChannels(),
                (long) blob.getHeight(),
                (long) blob.getWidth());
    List<Integer> shape = new ArrayList<>();
    long count = 1;
    for (long size : told) {
      if (size < 1 || size > Integer.MAX_VALUE || size * count > Integer.MAX_VALUE) {
        throw new WeightsException("its shape %s is impossible".formatted(told));
      }
      shape.add((int) size);
      count *= size;
    }
    if (count != blob.getDataCount() || shape.isEmpty()) {
      throw new WeightsException(
          "its shape %s takes %d numbers, but the file has %d: the file is damaged; fetch it again"
              .formatted(told, count, blob.getDataCount()));
    }
    return new Array(
        shape,
        () -> {
          float[] values = new float[blob.getDataCount()];
          for (int i = 0; i < values.length; i++) {
            values[i] = blob.getData(i);
          }
          return values;
        });
  }
}
