package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Decides between a response with results and a problem for the whole request. Thread-safe. */
final class Answers {

  private Answers() {}

  /** Makes the wire record of one image; exactly one of outcome and error is not null. */
  @FunctionalInterface
  interface ResultMaker<T, R> {

    R make(@Nullable String id, Outcome.@Nullable Success<T> success, @Nullable Problem error);
  }

  /** Makes the response out of the results. */
  @FunctionalInterface
  interface ResponseMaker<T, R> {

    Object make(Answer.Answered<T> answered, List<R> results);
  }

  static <T, R> ResponseEntity<Object> answer(
      Answer<T> answer,
      List<SentImage> images,
      HttpServletRequest request,
      ResultMaker<T, R> resultMaker,
      ResponseMaker<T, R> responseMaker) {
    return switch (answer) {
      case Answer.Refused<T>(var failure) -> Problems.answer(failure, request);
      case Answer.Answered<T> answered -> {
        Failure common = commonFailure(answered.outcomes());
        String times = ServerTiming.of(answered.timing());
        if (common != null) {
          yield Problems.answer(common, request, times);
        }
        List<R> results = results(images, answered.outcomes(), request, resultMaker);
        yield ResponseEntity.ok()
            .header(ServerTiming.HEADER, times)
            .contentType(MediaType.APPLICATION_JSON)
            .body(responseMaker.make(answered, results));
      }
    };
  }

  /**
   * The failure that stands for the whole request: that of an only image, or, where no image was
   * answered, one that is not the images' fault, so that an overloaded server says so by its
   * status.
   */
  private static <T> @Nullable Failure commonFailure(List<Outcome<T>> outcomes) {
    List<Failure> failures = new ArrayList<>();
    for (Outcome<T> outcome : outcomes) {
      if (outcome instanceof Outcome.Failed<T>(var failure)) {
        failures.add(failure);
      }
    }
    if (failures.size() < outcomes.size()) {
      return null;
    }
    if (failures.size() == 1) {
      return failures.getFirst();
    }
    return failures.stream()
        .filter(failure -> !(failure instanceof Failure.BadImage))
        .findFirst()
        .orElse(null);
  }

  private static <T, R> List<R> results(
      List<SentImage> images,
      List<Outcome<T>> outcomes,
      HttpServletRequest request,
      ResultMaker<T, R> resultMaker) {
    List<R> results = new ArrayList<>(images.size());
    for (int i = 0; i < images.size(); i++) {
      String id = images.get(i).id();
      results.add(
          switch (outcomes.get(i)) {
            case Outcome.Success<T> success -> resultMaker.make(id, success, null);
            case Outcome.Failed<T>(var failure) ->
                resultMaker.make(id, null, Problems.of(failure, request));
          });
    }
    return results;
  }
}
