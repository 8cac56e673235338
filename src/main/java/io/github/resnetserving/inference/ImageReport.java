package io.github.resnetserving.inference;

import io.github.resnetserving.inference.Answer.Timing;
import java.util.List;

/**
 * What became of an image and where it spent its time.
 *
 * @param index its place in the request, from 0
 * @param stages the stages that it went through, in their order; the last may have failed
 * @param batchSize images in its batch, those of other requests included; 0 if none ran
 */
public record ImageReport(int index, Outcome<?> outcome, List<StageTime> stages, int batchSize) {

  public ImageReport {
    stages = List.copyOf(stages);
  }

  /** The times that an answer reports; no total. */
  Timing timing() {
    return new Timing(
        nanos(Stage.DECODE),
        nanos(Stage.PREPROCESS),
        nanos(Stage.QUEUE),
        nanos(Stage.INFERENCE),
        0,
        batchSize);
  }

  private long nanos(Stage stage) {
    return stages.stream().filter(time -> time.stage() == stage).mapToLong(StageTime::nanos).sum();
  }

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

  /** What an image goes through, in this order. */
  public enum Stage {
    /** Waiting for a decode thread. */
    DECODE_QUEUE,
    /** From bytes to pixels, upright; waiting for room for the pixels included. */
    DECODE,
    /** Resize and crop. */
    PREPROCESS,
    /** Waiting for a batch to start. */
    QUEUE,
    /** The batch. */
    INFERENCE,
    /** From the network's output to the answer for the image. */
    RANKING
  }
}
