package io.github.resnetserving.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A residual block: {@code relu(body(x) + shortcut(x))}.
 *
 * @param body two convolutions (basic) or three (bottleneck), ReLU after each but the last
 * @param projection the shortcut's 1×1 convolution, or null where the shortcut has no weights: the
 *     identity, or, where the body changes the shape, subsampling with zero channels around it
 *     (option A of He et al. 2015, section 3.3)
 * @param averages whether the mean of each window of the block's stride goes into the projection,
 *     whose own stride is 1 (ResNet-D of He et al. 2018, arXiv 1812.01187, section 4.2)
 */
public record Block(List<Convolution> body, @Nullable Convolution projection, boolean averages) {

  public Block {
    body = List.copyOf(body);
  }

  /** A block whose projection, if it has one, takes its input as it is. */
  public Block(List<Convolution> body, @Nullable Convolution projection) {
    this(body, projection, /* averages= */ false);
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
  boolean padsShortcut() {
    return projection == null && (stride() != 1 || inputs() != outputs());
  }
}
