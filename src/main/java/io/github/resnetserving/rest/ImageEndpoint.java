package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import io.github.resnetserving.rest.problem.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that takes several images or a stream of them: what it infers, and the wire records
 * of its answer. Thread-safe.
 *
 * @param <P> its parameters
 * @param <T> what is inferred of one image
 * @param <R> the wire record of one image
 */
interface ImageEndpoint<P extends ImageParameters, T, R> {

  /**
   * Infers.
   *
   * @throws InterruptedException the request's images were cancelled
   */
  Answer<T> infer(InferenceRequest request, P parameters) throws InterruptedException;

  /** Makes the wire record of an image with an outcome. */
  R result(@Nullable String id, Outcome.Success<T> success, P parameters);

  /** Makes the wire record of an image without one. */
  R error(@Nullable String id, Problem problem);

  /** Tells which model answered. */
  default ModelWire model(Answer.Answered<T> answered, P parameters) {
    return ModelWire.of(answered.model());
  }

  /** Makes the whole answer. */
  Object response(ModelWire model, List<R> results, TimingWire timing);

  /** Makes a line of a stream's answer; the model is null where none was asked. */
  Object line(@Nullable ModelWire model, R result);
}
