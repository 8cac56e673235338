package io.github.resnetserving.inference;

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
}
