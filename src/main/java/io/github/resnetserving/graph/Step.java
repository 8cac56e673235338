package io.github.resnetserving.graph;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a {@link Graph}: it reads activations that earlier steps made, and makes one.
 * Immutable.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "step")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Step.Convolve.class, name = "convolve"),
  @JsonSubTypes.Type(value = Step.Normalize.class, name = "normalize"),
  @JsonSubTypes.Type(value = Step.GroupNormalize.class, name = "group-normalize"),
  @JsonSubTypes.Type(value = Step.MaxPool.class, name = "max-pool"),
  @JsonSubTypes.Type(value = Step.AveragePool.class, name = "average-pool"),
  @JsonSubTypes.Type(value = Step.Pad.class, name = "pad"),
  @JsonSubTypes.Type(value = Step.GlobalPool.class, name = "global-pool"),
  @JsonSubTypes.Type(value = Step.Linear.class, name = "linear"),
  @JsonSubTypes.Type(value = Step.Excite.class, name = "excite")
})
public sealed interface Step {

  /** The name of the activation that it makes. */
  String output();

  /** The name of the activation that it reads. */
  String input();

  /** The activation that it adds, whose place its output may take; null where it adds none. */
  default @Nullable String addend() {
    return null;
  }

  /** The names of all activations that it reads. */
  default List<String> reads() {
    String addend = addend();
    return addend == null ? List.of(input()) : List.of(input(), addend);
  }

  /**
   * A convolution with its batch norm, and what follows it at once: {@code relu(norm(conv(input)) +
   * addend)}, without the norm where the convolution has none. The output has the convolution's
   * name.
   *
   * @param addend the activation that is added, which no later step reads; null where none is
   * @param relu whether a ReLU follows
   */
  record Convolve(Convolution convolution, String input, @Nullable String addend, boolean relu)
      implements Step {
    @Override
    public String output() {
      return convolution.name();
    }
  }

  /**
   * A batch norm that follows no convolution, and a ReLU: {@code relu(norm(input))}. The output has
   * the norm's name.
   *
   * @param norm prefix of the names of the batch norm's tensors
   */
  record Normalize(String norm, String input) implements Step {
    @Override
    public String output() {
      return norm;
    }

    /** Name of the scale that folding makes of the weight: (channels, 1, 1, 1). */
    public String weight() {
      return norm + ".weight";
    }

    /** Name of the shift that folding makes of the bias. */
    public String bias() {
      return norm + ".bias";
    }
  }

  /**
   * A group norm (Wu and He 2018, arXiv 1803.08494), and what follows it at once: {@code
   * relu(norm(input) + addend)}. Mean and variance are those of each image's channels in a group,
   * so that nothing of it can be folded into a convolution. The output has the norm's name.
   *
   * @param norm prefix of the names of the norm's two tensors
   * @param addend the activation that is added, which no later step reads; null where none is
   * @param relu whether a ReLU follows
   */
  record GroupNormalize(String norm, String input, @Nullable String addend, boolean relu)
      implements Step {

    /** Groups of channels, as published and as timm has them. */
    public static final int GROUPS = 32;

    @Override
    public String output() {
      return norm;
    }

    /** Name of the factor of each channel. */
    public String weight() {
      return norm + ".weight";
    }

    /** Name of what is then added to each channel. */
    public String bias() {
      return norm + ".bias";
    }
  }

  /**
   * The largest of each 3×3 window, at stride 2.
   *
   * @param pool what lies around the map; not {@link Topology.Pool#NONE}
   */
  record MaxPool(String output, String input, Topology.Pool pool) implements Step {

    int outputSide(int side) {
      return pool == Topology.Pool.BEYOND ? Math.max(side - 2, 0) / 2 + 1 : (side - 1) / 2 + 1;
    }
  }

  /**
   * The mean of each square window. The windows lie side by side; those at the right and lower edge
   * may reach beyond the map, and then count only what lies inside.
   *
   * @param window side of a window, and so the stride
   */
  record AveragePool(String output, String input, int window) implements Step {}

  /**
   * Every stride-th pixel, with channels of zeros on both sides of the input's.
   *
   * @param channels of the output
   */
  record Pad(String output, String input, int channels, int stride) implements Step {}

  /** The mean of each channel, in float32 for an input of any type. */
  record GlobalPool(String output, String input) implements Step {}

  /**
   * {@code function(weight · input + bias)}, in float32.
   *
   * @param layer prefix of the weight's and the bias's names
   * @param outputs rows of the weight
   */
  record Linear(String output, String input, String layer, int outputs, Function function)
      implements Step {

    /** What follows the sum. */
    public enum Function {
      IDENTITY,
      RELU,
      SIGMOID
    }

    /** A layer whose sum is its output. */
    public Linear(String output, String input, String layer, int outputs) {
      this(output, input, layer, outputs, Function.IDENTITY);
    }
  }

  /**
   * {@code relu(factor · input + addend)} with a factor for each channel of each image. The input
   * is in float32 where plans have bytes.
   *
   * @param factors the activation with the factors, (n, channels)
   */
  record Excite(String output, String input, String factors, String addend) implements Step {
    @Override
    public List<String> reads() {
      return List.of(input, factors, addend);
    }
  }
}
