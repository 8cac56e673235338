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
    return stage(script, input, topology.stages().size());
  }

  /**
   * The map that a stage gives, and no step further.
   *
   * @param last 0 for the stem and its pool, n for the n-th stage
   */
  Value stage(Script script, Value input, int last) {
    Value x = operators.convolution(script, input, topology.stem(), /* relu= */ true);
    if (topology.pooled()) {
      x = operators.maxPool(script, x);
    }
    for (List<Block> stage : topology.stages().subList(0, last)) {
      for (Block block : stage) {
        x = block(script, x, block);
      }
    }
    return x;
  }

  /** The pooled features of a standardised (n, 3, size, size) input: a (n, width) value. */
  String features(Script script, Value input) {
    return operators.averagePool(script, trunk(script, input));
  }

  /**
   * The classifier's scores for pooled features: the name of a (n, classes) value, (n, 0) without a
   * classifier.
   */
  String classify(Script script, String features) {
    if (!topology.classifies()) {
      return script.assign("torch.narrow(%s, 1, 0, 0)".formatted(features));
    }
    return operators.linear(script, features, topology.classifier());
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
    return block.padsShortcut()
        ? operators.padded(script, input, block.outputs(), block.stride())
        : input;
  }
}
