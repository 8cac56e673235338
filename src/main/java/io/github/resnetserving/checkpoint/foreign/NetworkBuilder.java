package io.github.resnetserving.checkpoint.foreign;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Classify;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Normalize;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Vectors;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives the parts of a residual network torchvision's names and moves into its batch norms what
 * torchvision's networks do not have: biases of convolutions, and other epsilons. All of that is
 * exact. For use by one thread.
 */
final class NetworkBuilder {

  /** Eight times the largest published ResNet, and what one safetensors file is read from. */
  private static final long MAX_BYTES = 1L << 31;

  private static final int MAX_STEM_STRIDE = 4;

  private final SequencedMap<String, TensorSource> tensors = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final Vectors vectors = new Vectors();
  private long bytes;

  /** What convolutions without a norm added to the activation, and no norm has taken off yet. */
  private float @Nullable [] carried;

  private @Nullable Variant variant;
  private @Nullable Normalize input;
  private Pool pool = Pool.NONE;
  private int stemStride = 1;
  private int stage;
  private int index;
  private boolean folded;

  /**
   * A convolution and the batch norm after it.
   *
   * @param node what to call it in a message
   */
  record Normed(
      String node, Array weight, @Nullable Array bias, int stride, @Nullable Normalize norm) {

    int outputs() {
      return weight.shape().getFirst();
    }
  }

  /** What follows the stem. */
  enum Pool {
    NONE,
    PADDED,
    /** Without padding; the last windows may reach beyond the map, as in Caffe. */
    BEYOND
  }

  void input(Normalize norm) {
    input = norm;
  }

  /**
   * Begins.
   *
   * @param rectified whether a ReLU follows
   */
  void stem(List<Normed> stem, boolean rectified, Pool followedBy) throws WeightsException {
    pool = followedBy;
    Normed last = stem.getLast();
    stemStride = stem.getFirst().stride();
    if (stemStride > MAX_STEM_STRIDE) {
      throw foreign(
          stem.getFirst().node(),
          "the stem has stride %d; it must be 1 to %d".formatted(stemStride, MAX_STEM_STRIDE));
    }
    for (Normed later : stem.subList(1, stem.size())) {
      if (later.stride() != 1) {
        throw foreign(later.node(), "a deep stem has its stride in its first convolution");
      }
    }
    if (!rectified && (stem.size() > 1 || last.norm() != null)) {
      throw foreign(last.node(), "a ReLU is expected after it");
    }
    if (stem.size() == 1) {
      convolution(stemPrefix() + "conv1", last);
    } else if (pool == Pool.BEYOND) {
      throw foreign(last.node(), "a deep stem ends before a pool without padding");
    } else { // ResNet-D: the numbers of a sequence that counts ReLUs
      for (int i = 0; i < stem.size(); i++) {
        convolution("conv1.%d".formatted(3 * i), stem.get(i));
        if (i < stem.size() - 1) {
          norm("conv1.%d".formatted(3 * i + 1), stem.get(i));
        }
      }
    }
    if (rectified) {
      norm(stemPrefix() + "bn1", last);
    } else {
      carried = biases(last);
    }
  }

  /** By these names a network's pool is one that reaches beyond the map. */
  private String stemPrefix() {
    return pool == Pool.BEYOND ? "layer0." : "";
  }

  /**
   * Adds a block.
   *
   * @param sum what to call its addition in a message
   * @param first the norm that it begins with; null where it is not pre-activated
   * @param window side of the windows whose mean is projected; 0 where the map itself is
   */
  void block(
      String sum,
      @Nullable Normalize first,
      List<Normed> body,
      @Nullable Normed projection,
      int window)
      throws WeightsException {
    int stride = body.stream().mapToInt(Normed::stride).reduce(1, (a, b) -> a * b);
    String prefix = place(sum, stride);
    checkStrides(body, stride);
    if (first != null) {
      norm(prefix + ".bn1", first, negated(carried));
    }
    float @Nullable [] shortcut = carried;
    if (projection != null) {
      if (projection.stride() * Math.max(window, 1) != stride) {
        throw foreign(
            projection.node(), "the shortcut's stride is not its block's, %d".formatted(stride));
      }
      int number = window > 1 ? 1 : 0;
      String name = prefix + ".downsample.";
      convolution(name + number, projection);
      if (first == null) {
        norm(name + (number + 1), projection);
      } else {
        requireNoNorm(projection);
        shortcut = biases(projection);
      }
    }
    for (int i = 0; i < body.size(); i++) {
      Normed convolution = body.get(i);
      convolution("%s.conv%d".formatted(prefix, i + 1), convolution);
      if (first == null) {
        norm("%s.bn%d".formatted(prefix, i + 1), convolution);
      } else if (i < body.size() - 1) {
        norm("%s.bn%d".formatted(prefix, i + 2), convolution);
      } else {
        requireNoNorm(convolution);
        float @Nullable [] last = biases(convolution);
        shortcut = shortcut == null ? last : sum(convolution.node(), shortcut, last);
      }
    }
    carried = first == null ? null : shortcut;
  }

  /** The name of the next block: one that halves the map begins a stage. */
  private String place(String sum, int stride) throws WeightsException {
    if (stage == 0) {
      if (stride != 1) {
        throw foreign(sum, "the first block has stride %d; it must be 1".formatted(stride));
      }
      stage = 1;
    } else if (stride == 1) {
      index++;
    } else if (stride == 2) {
      stage++;
      index = 0;
    } else {
      throw foreign(sum, "the block has stride %d; it must be 1 or 2".formatted(stride));
    }
    return "layer%d.%d".formatted(stage, index);
  }

  private void checkStrides(List<Normed> body, int stride) throws WeightsException {
    for (int i = 0; stride > 1 && i < body.size(); i++) {
      Variant found = i == 0 ? Variant.V1 : Variant.V1_5;
      if (body.get(i).stride() > 1) {
        boolean known = body.size() == 3 ? i < 2 : i == 0;
        if (!known || (variant != null && variant != found)) {
          throw foreign(
              body.get(i).node(),
              "the stride is in a place in which no other block of a ResNet has it");
        }
        variant = body.size() == 3 ? found : null;
      }
    }
  }

  void lastNorm(Normalize norm) throws WeightsException {
    norm("bn", norm, negated(carried));
  }

  /**
   * Ends.
   *
   * @param fixed side of the last pool's window; 0 where it is the whole map
   */
  ForeignNetwork end(@Nullable Classify classifier, int fixed) throws WeightsException {
    if (classifier != null) {
      Array weight = classifier.weight();
      Array bias = classifier.bias();
      int classes = weight.shape().getFirst();
      put("fc.weight", weight);
      put("fc.bias", bias == null ? Array.of(new float[classes]) : bias);
    }
    if (fixed > 0) {
      notes.add(
          "its last pool is %1$d×%1$d, the whole map for images of %2$d pixels; here it is the whole map for any"
              .formatted(fixed, (fixed * stemStride * (pool == Pool.NONE ? 1 : 2)) << (stage - 1)));
    }
    if (folded) {
      notes.add(
          "its batch norms were folded into the convolutions, so that nothing tells the ranges of"
              + " activations: run calibrate before you serve it in int8");
    }
    NetworkOptions options =
        NetworkOptions.USUAL.withVariant(variant).withStem(stemStride, pool != Pool.NONE);
    return new ForeignNetwork(tensors, options, ForeignNetwork.Scale.of(input), notes);
  }

  private float @Nullable [] biases(Normed convolution) throws WeightsException {
    Array array = convolution.bias();
    return array == null ? null : vectors.read(array);
  }

  private void convolution(String name, Normed convolution) throws WeightsException {
    put(name + ".weight", convolution.weight());
  }

  private void put(String name, Array array) throws WeightsException {
    TensorSource tensor = TensorSource.of(DType.F32, array.shape(), array.values());
    bytes += Float.BYTES * tensor.count();
    if (bytes > MAX_BYTES) {
      throw new WeightsException(
          "its weights take more than 2 GiB, and the largest ResNets take an eighth of that: an"
              + " array may be named many times");
    }
    tensors.put(name, tensor);
  }

  private void norm(String name, Normed convolution) throws WeightsException {
    float @Nullable [] bias = biases(convolution);
    Normalize norm = convolution.norm();
    if (norm == null) {
      folded = true;
      norm(name, identity(convolution.outputs(), bias), null);
    } else {
      if (bias != null && bias.length != norm.mean().length) {
        throw foreign(
            convolution.node(),
            "there are %d biases and a norm of %d channels"
                .formatted(bias.length, norm.mean().length));
      }
      norm(name, norm, negated(bias));
    }
  }

  /** A norm that adds a bias, and nothing else. */
  private static Normalize identity(int channels, float @Nullable [] bias) {
    float[] ones = new float[channels];
    Arrays.fill(ones, 1);
    return new Normalize(
        ones, bias == null ? new float[channels] : bias, new float[channels], ones, 0);
  }

  /**
   * Writes a norm with torch's epsilon.
   *
   * @param added what is added to its means; null for nothing
   */
  private void norm(String name, Normalize norm, float @Nullable [] added) throws WeightsException {
    int channels = norm.mean().length;
    vectors.charge(4L * channels);
    float[] scale = norm.scale().clone();
    float[] variance = norm.variance().clone();
    float[] mean = sum(name, norm.mean().clone(), added);
    if (scale.length != channels
        || variance.length != channels
        || norm.shift().length != channels) {
      throw foreign(name, "the four arrays of a batch norm differ in length");
    }
    for (int i = 0; i < channels; i++) {
      double moved = variance[i] + norm.epsilon() - ForeignNetwork.EPSILON;
      if (moved >= 0) {
        variance[i] = (float) moved;
      } else if (variance[i] >= 0) {
        scale[i] =
            (float)
                (scale[i]
                    * Math.sqrt(
                        (variance[i] + ForeignNetwork.EPSILON) / (variance[i] + norm.epsilon())));
      }
    }
    put(name + ".weight", Array.of(scale));
    put(name + ".bias", Array.of(norm.shift()));
    put(name + ".running_mean", Array.of(mean));
    put(name + ".running_var", Array.of(variance));
  }

  private static void requireNoNorm(Normed convolution) throws WeightsException {
    if (convolution.norm() != null) {
      throw foreign(
          convolution.node(),
          "a norm follows, where a pre-activated block adds the convolution itself");
    }
  }

  private static float @Nullable [] negated(float @Nullable [] values) {
    if (values == null) {
      return null;
    }
    float[] negated = new float[values.length];
    for (int i = 0; i < negated.length; i++) {
      negated[i] = -values[i];
    }
    return negated;
  }

  private static float[] sum(String where, float[] a, float @Nullable [] b)
      throws WeightsException {
    float[] added = b == null ? new float[a.length] : b;
    if (added.length != a.length) {
      throw foreign(where, "%d biases meet %d channels".formatted(added.length, a.length));
    }
    float[] sum = new float[a.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a[i] + added[i];
    }
    return sum;
  }

  private static WeightsException foreign(String node, String why) {
    return new WeightsException(
        "it is not a ResNet that runs here: at %s %s".formatted(Printable.of(node), why));
  }
}
