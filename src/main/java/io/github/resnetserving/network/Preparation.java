package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** Reorders each convolution's weight into the blocked layout that oneDNN wants for its input. */
final class Preparation implements Operators {

  private final Script script;

  private Preparation(Script script) {
    this.script = script;
  }

  /** The lines that reorder every weight of a network, for {@code batch} pictures of a size. */
  static void write(Script script, Topology topology, int size) {
    // The walk tells each convolution's input; the steps between them are not wanted here.
    new ForwardPass(topology, new Preparation(script)).trunk(new Script(), Value.input("", size));
  }

  @Override
  public Value convolution(Script walk, Value input, Convolution convolution, boolean relu) {
    String weight = Script.attribute(Folding.weight(convolution));
    script.line(
        "%s = ops.mkldnn._reorder_convolution_weight(%s, %s, %s, [1, 1], 1, [batch, %d, %d, %d])"
            .formatted(
                weight,
                weight,
                Script.pair(convolution.padding()),
                Script.pair(convolution.stride()),
                input.channels(),
                input.size(),
                input.size()));
    return new Script().assign("", input, convolution);
  }

  @Override
  public Value residual(Script walk, Value input, Convolution convolution, Value shortcut) {
    return convolution(walk, input, convolution, /* relu= */ true);
  }
}
