package io.github.resnetserving.checkpoint.foreign;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Normalize;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A residual network from another library. Immutable; its tensors are read from the file when they
 * are written.
 *
 * @param tensors by torchvision's names and in its layouts
 * @param options what the names and shapes do not tell
 * @param scale how the network itself standardises its input; null where it does not
 * @param notes sentences on what is done here in another way
 */
public record ForeignNetwork(
    SequencedMap<String, TensorSource> tensors,
    NetworkOptions options,
    @Nullable Scale scale,
    List<String> notes) {

  /** What torch adds to a batch norm's variance. */
  static final double EPSILON = 1e-5;

  private static final int CHANNELS = 3;

  private static final List<String> STEMS =
      List.of("conv1.weight", "conv1.0.weight", "layer0.conv1.weight", "stem.conv.weight");

  public ForeignNetwork {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    notes = List.copyOf(notes);
  }

  /**
   * {@code (x - mean) / std} of three channels.
   *
   * @param std each positive
   */
  public record Scale(List<Double> mean, List<Double> std) {

    static @Nullable Scale of(@Nullable Normalize norm) throws WeightsException {
      if (norm == null) {
        return null;
      }
      for (float[] array : List.of(norm.scale(), norm.shift(), norm.mean(), norm.variance())) {
        if (array.length != CHANNELS) {
          throw new WeightsException(
              "the norm of the image has %d channels; an image has 3".formatted(array.length));
        }
      }
      List<Double> mean = new ArrayList<>();
      List<Double> std = new ArrayList<>();
      for (int i = 0; i < CHANNELS; i++) {
        double deviation = Math.sqrt(norm.variance()[i] + norm.epsilon()) / norm.scale()[i];
        if (!(deviation > 0 && Double.isFinite(deviation))) {
          throw new WeightsException(
              "the norm of the image divides by %s: only positive numbers are read here"
                  .formatted(deviation));
        }
        mean.add(norm.mean()[i] - norm.shift()[i] * deviation);
        std.add(deviation);
      }
      return new Scale(mean, std);
    }

    Scale reversed() {
      return new Scale(mean.reversed(), std.reversed());
    }
  }

  /**
   * The same network for images whose channels come in the other order: for red, green, blue where
   * it takes blue, green, red.
   */
  public ForeignNetwork swapped() {
    SequencedMap<String, TensorSource> swapped = new LinkedHashMap<>(tensors);
    for (String name : STEMS) {
      swapped.computeIfPresent(name, (_, kernel) -> kernel.withReversedInputs());
    }
    Scale own = scale;
    return new ForeignNetwork(swapped, options, own == null ? null : own.reversed(), notes);
  }

  /** The same network with another sentence about it. */
  public ForeignNetwork noted(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new ForeignNetwork(tensors, options, scale, more);
  }

  /**
   * What stands for a preprocessing and the network's own standardisation together.
   *
   * @throws IllegalArgumentException if its numbers are those of no images
   */
  public Preprocessing preprocessing(Preprocessing before) {
    Scale own = scale;
    if (own == null) {
      return before;
    }
    List<Double> mean = new ArrayList<>();
    List<Double> std = new ArrayList<>();
    for (int i = 0; i < CHANNELS; i++) {
      double deviation = before.normalization().std().get(i);
      mean.add(before.normalization().mean().get(i) + deviation * own.mean().get(i));
      std.add(deviation * own.std().get(i));
    }
    return new Preprocessing(
        before.resize(), before.interpolation(), before.crop(), new Normalization(mean, std));
  }
}
