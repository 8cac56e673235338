package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** How a kind of program writes a residual network's steps. */
interface Operators {

  /** A convolution and its batch norm, with a ReLU after it or not. */
  Value convolution(Script script, Value input, Convolution convolution, boolean relu);

  /** {@code relu(convolution(input) + shortcut)}; may write over the shortcut. */
  Value residual(Script script, Value input, Convolution convolution, Value shortcut);

  /** The 3×3 max pool of stride 2 after the first convolution. */
  default Value maxPool(Script script, Value input) {
    return script.assign(
        "torch.max_pool2d(%s, [3, 3], [2, 2], [1, 1], [1, 1], False)".formatted(input.name()),
        input,
        input.channels(),
        (input.size() - 1) / 2 + 1);
  }

  /** Global average pool of a map, in float32 whatever the map is in: a (n, channels) value. */
  default String averagePool(Script script, Value map) {
    return script.assign("torch.mean(%s, [2, 3], False, dtype=6)".formatted(map.name()));
  }

  /**
   * The classifier's scores: a (n, classes) value.
   *
   * @param features a (n, width) value
   * @param classifier name of the layer
   */
  default String linear(Script script, String features, String classifier) {
    return script.assign(
        "torch.linear(%s, %s, %s)"
            .formatted(
                features,
                Script.attribute(classifier + ".weight"),
                Script.attribute(classifier + ".bias")));
  }

  /** The classifier's (classes, width) weight, for anything but {@link #linear}. */
  default String classifierWeight(String classifier) {
    return Script.attribute(classifier + ".weight");
  }

  /** A map as others read it, in float32 and channels first: a (n, channels, size, size) value. */
  default String revealed(Script script, Value map) {
    String real = script.assign("torch.to(%s, 6, False, False, None)".formatted(map.name()));
    return script.assign("torch.contiguous(%s, memory_format=0)".formatted(real));
  }

  /** Every stride-th pixel of a non-negative map, with zero channels around its own. */
  default Value padded(Script script, Value input, int channels, int stride) {
    int before = (channels - input.channels()) / 2;
    int after = channels - input.channels() - before;
    return script.assign(
        ("torch.constant_pad_nd(torch.slice(torch.slice(%s, 2, 0, None, %d), 3, 0, None, %d),"
                + " [0, 0, 0, 0, %d, %d], 0.)")
            .formatted(input.name(), stride, stride, before, after),
        input,
        channels,
        (input.size() - 1) / stride + 1);
  }
}
