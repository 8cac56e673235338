package io.github.resnetserving.inference;

import io.github.resnetserving.models.ModelSpec;
import java.util.List;

/** Several listeners as one. */
record InferenceListeners(List<InferenceListener> listeners) implements InferenceListener {

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
