package io.github.resnetserving.inference;

/**
 * What became of one picture.
 *
 * @param <T> the answer for one picture
 */
public sealed interface Outcome<T> {

  /** It was answered. */
  record Success<T>(T value, Picture picture) implements Outcome<T> {}

  /** It was not. */
  record Failed<T>(Failure failure) implements Outcome<T> {}
}
