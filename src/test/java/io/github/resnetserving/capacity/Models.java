package io.github.resnetserving.capacity;

import io.github.resnetserving.capacity.ProcessModel.Image;
import io.github.resnetserving.capacity.ProcessModel.Request;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

/** Processes whose times are known by formula. */
final class Models {

  /** Longer than any queue. */
  private static final Duration PATIENT = Duration.ofHours(1);

  private Models() {}

  /** A process that decodes in no time and never refuses. */
  static ProcessModel computing(int workers, int maxBatch, IntFunction<Times> batch) {
    return new ProcessModel(
        /* processors= */ workers,
        /* decodeThreads= */ workers,
        workers,
        /* threads= */ 1,
        maxBatch,
        /* queueCapacity= */ 100_000,
        PATIENT,
        List.of(new Image(60_000, Times.always(0), /* isReadable= */ true)),
        /* decodeSlowdown= */ 1,
        batch,
        /* computeSlowdown= */ 1,
        /* spread= */ null,
        Request.FREE);
  }
}
