package io.github.resnetserving.inference;

import java.util.List;

/**
 * What became of a picture and where it spent its time.
 *
 * @param index its place in the request, from 0
 * @param stages the stages that it went through, in their order; the last may have failed
 * @param batchSize pictures in its batch, those of other requests included; 0 if none ran
 */
public record PictureReport(int index, Outcome<?> outcome, List<StageTime> stages, int batchSize) {

  public PictureReport {
    stages = List.copyOf(stages);
  }

  /** Those of the times that an answer tells; no total. */
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
