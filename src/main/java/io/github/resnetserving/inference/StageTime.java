package io.github.resnetserving.inference;

/**
 * When an image was in a stage, in readings of the service's clock.
 *
 * @param endNanos when it left the stage, or failed in it
 */
public record StageTime(Stage stage, long startNanos, long endNanos) {

  /** How long that took. */
  public long nanos() {
    return endNanos - startNanos;
  }
}
