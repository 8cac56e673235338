package io.github.resnetserving.inference;

import java.util.List;

/**
 * What became of a request.
 *
 * @param <T> the answer for one picture
 */
public sealed interface Answer<T> {

  /**
   * Every picture has its outcome.
   *
   * @param model which model answered
   * @param outcomes the i-th belongs to the i-th picture of the request
   */
  record Answered<T>(ServedModel model, List<Outcome<T>> outcomes, Timing timing)
      implements Answer<T> {

    public Answered {
      outcomes = List.copyOf(outcomes);
    }
  }

  /** The request as a whole could not be served; no picture was looked at. */
  record Refused<T>(Failure failure) implements Answer<T> {}
}
