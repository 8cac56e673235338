package io.github.resnetserving.inference;

/**
 * Hears what an {@link InferenceService} does. Called from many threads, so implementations are
 * thread-safe and quick.
 */
public interface InferenceListener {

  /** A listener that does nothing. */
  InferenceListener NONE = new InferenceListener() {};

  /** A picture was decoded and preprocessed, or was found to be bad. */
  default void onDecoded(long decodeNanos) {}

  /** A picture was answered, or was not. */
  default void onOutcome(String model, Outcome<?> outcome) {}

  /** Every picture of a request has its outcome. */
  default void onAnswered(String model, Timing timing) {}

  /** A request was refused as a whole. */
  default void onRefused(Failure failure) {}
}
