package io.github.resnetserving.inference;

import java.util.List;
import java.util.function.Function;

/**
 * What became of a request.
 *
 * @param <T> the answer for one image
 */
public sealed interface Answer<T> {

  /**
   * Every image has its outcome.
   *
   * @param model which model answered
   * @param outcomes the i-th belongs to the i-th image of the request
   */
  record Answered<T>(ServedModel model, List<Outcome<T>> outcomes, Timing timing)
      implements Answer<T> {

    public Answered {
      outcomes = List.copyOf(outcomes);
    }
  }

  /** The request as a whole could not be served; no image was looked at. */
  record Refused<T>(Failure failure) implements Answer<T> {}

  /** The same answer in another form. */
  default <U> Answer<U> map(Function<T, U> form) {
    return switch (this) {
      case Refused<T>(var failure) -> new Refused<>(failure);
      case Answered<T>(var model, var outcomes, var timing) ->
          new Answered<>(
              model, outcomes.stream().map(outcome -> outcome.map(form)).toList(), timing);
    };
  }
}
