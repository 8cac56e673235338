package io.github.resnetserving.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A residual block: {@code relu(body(x) + shortcut(x))}.
 *
 * <p>Pre-activated (He et al. 2016, arXiv 1603.05027) it is {@code body(p) + shortcut}, where
 * {@code p = relu(preNorm(x))}: a shortcut that changes the shape reads {@code p}, the identity
 * reads {@code x}, as in the published TensorFlow, Keras and timm networks. With a norm of the sum
 * it is {@code relu(sumNorm(body(x) + shortcut(x)))}.
 *
 * @param body two convolutions (basic) or three (bottleneck), ReLU after each but the last
 * @param projection the shortcut's convolution, or null where the shortcut has no weights: the
 *     identity, or, where the body changes the shape, subsampling with zero channels around it
 *     (option A of He et al. 2015, section 3.3)
 * @param averages whether the mean of each window of the block's stride goes into the projection,
 *     whose own stride is 1 (ResNet-D of He et al. 2018, arXiv 1812.01187, section 4.2)
 * @param preNorm prefix of the batch norm before the body; null where there is none
 * @param sumNorm prefix of the batch norm of the sum; null where there is none
 * @param excitation what scales each channel of the body's output; null where nothing does
 */
public record Block(
    List<Convolution> body,
    @Nullable Convolution projection,
    boolean averages,
    @Nullable String preNorm,
    @Nullable String sumNorm,
    @Nullable Excitation excitation) {

  public Block {
    body = List.copyOf(body);
  }

  /** A block without norms but those of its convolutions, and without an excitation. */
  public Block(List<Convolution> body, @Nullable Convolution projection, boolean averages) {
    this(body, projection, averages, /* preNorm= */ null, /* sumNorm= */ null, null);
  }

  /**
   * Squeeze and excitation (Hu et al. 2017, arXiv 1709.01507): {@code x · sigmoid(expand ·
   * relu(reduce · mean(x)))}, where the mean is that of each channel.
   *
   * @param name prefix of the two layers' tensors, as {@code layer1.0.se} for {@code
   *     layer1.0.se.fc1.weight}, which are 1×1 convolutions with biases
   * @param channels of the body's output
   * @param squeezed numbers between the two layers
   */
  public record Excitation(String name, int channels, int squeezed) {

    /** The layer that reads the means. */
    String reduce() {
      return name + ".fc1";
    }

    /** The layer that gives a number for each channel. */
    String expand() {
      return name + ".fc2";
    }

    SequencedMap<String, List<Integer>> tensors() {
      SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
      shapes.put(reduce() + ".weight", List.of(squeezed, channels, 1, 1));
      shapes.put(reduce() + ".bias", List.of(squeezed));
      shapes.put(expand() + ".weight", List.of(channels, squeezed, 1, 1));
      shapes.put(expand() + ".bias", List.of(channels));
      return shapes;
    }
  }

  int inputs() {
    return body.getFirst().inputs();
  }

  int outputs() {
    return body.getLast().outputs();
  }

  int stride() {
    return body.stream().mapToInt(Convolution::stride).reduce(1, (a, b) -> a * b);
  }

  /** Whether the shortcut pads with zero channels. */
  public boolean padsShortcut() {
    return projection == null && (stride() != 1 || inputs() != outputs());
  }

  /** Whether a ReLU follows the sum at once. */
  boolean rectifiesSum() {
    return preNorm == null && sumNorm == null;
  }

  /** The tensor that scales the body's last output: zeros there make the block its shortcut. */
  String lastScale() {
    String norm = body.getLast().norm();
    return norm == null ? body.getLast().weight() : norm + ".weight";
  }
}
