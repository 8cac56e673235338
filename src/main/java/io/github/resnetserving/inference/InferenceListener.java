package io.github.resnetserving.inference;

import io.github.resnetserving.model.ModelSpec;
import java.util.List;

/**
 * Hears what an {@link InferenceService} does. Called on the threads of requests, so that whatever
 * a thread carries along, such as a trace, belongs to the request; implementations are thread-safe
 * and quick.
 */
public interface InferenceListener {

  /** A listener that does nothing. */
  InferenceListener NONE = new InferenceListener() {};

  /** One that tells several, in their order. */
  static InferenceListener all(InferenceListener... listeners) {
    return new InferenceListeners(List.of(listeners));
  }

  /**
   * A picture was answered, or was not. Those of a request that nobody waits for any more failed as
   * {@link Failure.Cancelled}, with no stages.
   */
  default void onPicture(ModelSpec model, PictureReport report) {}

  /** Every picture of a request has its outcome; each was announced before. */
  default void onAnswered(ModelSpec model, Answer.Answered<?> answer) {}

  /** A request was refused as a whole; no picture of it was announced. */
  default void onRefused(Failure failure, long totalNanos) {}
}
