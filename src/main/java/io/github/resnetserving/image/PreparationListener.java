package io.github.resnetserving.image;

import java.util.concurrent.CancellationException;

/** Goes along with one picture through {@link ImagePipeline}, on the thread that prepares it. */
public interface PreparationListener {

  /** A listener that does nothing. */
  PreparationListener NONE = new PreparationListener() {};

  /**
   * The header claims so many pixels, no more than the limits allow, and nothing that grows with
   * them has been allocated. May wait until there is room for them. Called once or a few times: the
   * largest number counts.
   *
   * @throws CancellationException gives the picture up; {@link ImagePipeline} lets it through
   */
  default void onSize(long pixels) {}

  /** The picture is decoded; its resize follows. */
  default void onDecoded() {}

  /**
   * For how long the image is still wanted, in nanoseconds: at most 0 once its deadline has passed,
   * {@link Long#MAX_VALUE} without a deadline.
   */
  default long remainingNanos() {
    return Long.MAX_VALUE;
  }
}
