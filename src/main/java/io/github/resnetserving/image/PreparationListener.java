package io.github.resnetserving.image;

import java.util.concurrent.CancellationException;

/** Goes along with one image through {@link ImagePipeline}, on the thread that prepares it. */
public interface PreparationListener {

  /** A listener that does nothing. */
  PreparationListener NONE = new PreparationListener() {};

  /**
   * The header claims so many pixels, no more than the limits allow, and nothing that grows with
   * them has been allocated. A decoder that needs more than eight bytes for a pixel announces one
   * pixel for each eight bytes. May wait until there is room for them. Called once or a few times:
   * the largest number counts.
   *
   * @throws CancellationException gives the image up; {@link ImagePipeline} lets it through
   */
  default void onSize(long pixels) {}

  /**
   * The image is being worked on: called after each stretch of some 65,000 pixels or bytes, and
   * before each piece of the resize. Decoders of other libraries are not interrupted by it.
   *
   * @return nanoseconds since the preparation began, less what {@link #onSize} waited; 0 if nothing
   *     limits them
   * @throws CancellationException gives the image up; {@link ImagePipeline} lets it through
   */
  default long onProgress() {
    return 0;
  }

  /** The image is decoded; its resize follows. */
  default void onDecoded() {}

  /**
   * For how long the image is still wanted, in nanoseconds: at most 0 once its deadline has passed,
   * {@link Long#MAX_VALUE} without a deadline.
   */
  default long remainingNanos() {
    return Long.MAX_VALUE;
  }
}
