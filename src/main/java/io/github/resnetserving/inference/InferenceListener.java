package io.github.resnetserving.inference;

import io.github.resnetserving.models.ModelSpec;
import java.util.List;

/**
 * Hears what an {@link InferenceService} does. Called on the threads of requests, so that
 * everything a thread carries along, such as a trace, belongs to the request; implementations are
 * thread-safe and quick.
 */
public interface InferenceListener {

  /** A listener that does nothing. */
  InferenceListener NONE = new InferenceListener() {};

  /** A listener that passes each event to several, in their order. */
  static InferenceListener all(InferenceListener... listeners) {
    return new All(List.of(listeners));
  }

  /**
   * An image was answered, or was not. Those of a request that has ended failed as {@link
   * Failure.Cancelled}, with no stages.
   */
  default void onImage(ModelSpec model, ImageReport report) {}

  /** Every image of a request has its outcome; each was announced before. */
  default void onAnswered(ModelSpec model, Answer.Answered<?> answer) {}

  /** A request was refused as a whole; no image of it was announced. */
  default void onRefused(Failure failure, long totalNanos) {}

  /** Several listeners as one. */
  record All(List<InferenceListener> listeners) implements InferenceListener {

    @Override
    public void onImage(ModelSpec model, ImageReport report) {
      listeners.forEach(listener -> listener.onImage(model, report));
    }

    @Override
    public void onAnswered(ModelSpec model, Answer.Answered<?> answer) {
      listeners.forEach(listener -> listener.onAnswered(model, answer));
    }

    @Override
    public void onRefused(Failure failure, long totalNanos) {
      listeners.forEach(listener -> listener.onRefused(failure, totalNanos));
    }
  }
}
