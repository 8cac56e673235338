package io.github.resnetserving.graph;

import java.util.ArrayList;
import java.util.List;

/** A small network whose shortcuts take the mean of windows, as those of a ResNet-D do. */
public final class AveragingShortcuts {

  /**
   * ResNet-8 for CIFAR-10; its first stage keeps the size, so that its shortcut is the identity.
   */
  public static final Topology TOPOLOGY = topology();

  private AveragingShortcuts() {}

  private static Topology topology() {
    Topology plain = Architecture.named("cifar-resnet8", 10);
    List<List<Block>> stages = new ArrayList<>();
    for (List<Block> stage : plain.stages()) {
      stages.add(stage.stream().map(AveragingShortcuts::averaging).toList());
    }
    return new Topology(plain.stem(), plain.pool(), stages, "linear", 10);
  }

  private static Block averaging(Block block) {
    if (block.stride() == 1) {
      return block;
    }
    String prefix = block.body().getFirst().name().replace("conv1", "downsample.");
    Convolution projection =
        new Convolution(prefix + 1, prefix + 2, block.inputs(), block.outputs(), 1, 1);
    return new Block(block.body(), projection, /* averages= */ true);
  }
}
