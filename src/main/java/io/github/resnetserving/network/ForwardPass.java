package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;
import java.util.List;

/** Walks a network once and writes its steps in the words of some {@link Operators}. */
final class ForwardPass {

  private final Topology topology;
  private final Operators operators;

  ForwardPass(Topology topology, Operators operators) {
    this.topology = topology;
    this.operators = operators;
  }

  /** The last stage's map of a standardised (n, 3, size, size) input. */
  Value trunk(Script script, Value input) {
    Value x = operators.convolution(script, input, topology.stem(), /* relu= */ true);
    if (topology.pooled()) {
      x =
          script.assign(
              "torch.max_pool2d(%s, [3, 3], [2, 2], [1, 1], [1, 1], False)".formatted(x.name()),
              x.channels(),
              (x.size() - 1) / 2 + 1);
    }
    for (List<Block> stage : topology.stages()) {
      for (Block block : stage) {
        x = block(script, x, block);
      }
    }
    return x;
  }

  /** Global average pool of a map, in float32 whatever the map is in: a (n, width) value. */
  static String pool(Script script, Value map) {
    return script.assign("torch.mean(%s, [2, 3], False, dtype=6)".formatted(map.name()));
  }

  /** The classifier's scores for pooled features: the name of a (n, classes) value. */
  String classify(Script script, String features) {
    return script.assign(
        "torch.linear(%s, %s, %s)"
            .formatted(
                features,
                Script.attribute(topology.classifier() + ".weight"),
                Script.attribute(topology.classifier() + ".bias")));
  }

  private Value block(Script script, Value input, Block block) {
    Value shortcut = shortcut(script, input, block);
    Value x = input;
    for (Convolution convolution : block.body().subList(0, block.body().size() - 1)) {
      x = operators.convolution(script, x, convolution, /* relu= */ true);
    }
    return operators.residual(script, x, block.body().getLast(), shortcut);
  }

  private Value shortcut(Script script, Value input, Block block) {
    Convolution projection = block.projection();
    if (projection != null) {
      return operators.convolution(script, input, projection, /* relu= */ false);
    }
    return block.padsShortcut() ? padded(script, input, block) : input;
  }

  private static Value padded(Script script, Value input, Block block) {
    int stride = block.stride();
    int before = (block.outputs() - block.inputs()) / 2;
    int after = block.outputs() - block.inputs() - before;
    return script.assign(
        ("torch.constant_pad_nd(torch.slice(torch.slice(%s, 2, 0, None, %d), 3, 0, None, %d),"
                + " [0, 0, 0, 0, %d, %d], 0.)")
            .formatted(input.name(), stride, stride, before, after),
        block.outputs(),
        (input.size() - 1) / stride + 1);
  }
}
