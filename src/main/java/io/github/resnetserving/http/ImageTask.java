package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of every image of a request, and how its answer is written.
 *
 * @param <T> the answer for one image
 * @param <R> its wire record
 * @param lines makes a line of newline-delimited JSON
 */
record ImageTask<T, R>(Question<T> question, ResultMaker<T, R> results, LineMaker<R> lines) {

  /** Asks about the images of a request. */
  @FunctionalInterface
  interface Question<T> {

    Answer<T> ask(InferenceRequest request) throws InterruptedException;
  }

  /** Makes the wire record of one image; exactly one of outcome and error is not null. */
  @FunctionalInterface
  interface ResultMaker<T, R> {

    R make(@Nullable String id, Outcome.@Nullable Success<T> success, @Nullable Problem error);
  }

  /** Puts the model beside a result; it is null where none was asked. */
  @FunctionalInterface
  interface LineMaker<R> {

    Object make(@Nullable ModelWire model, R result);
  }
}
