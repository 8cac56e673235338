package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Decides between a response with results and a problem for the whole request. Thread-safe. */
final class Answers {

  private Answers() {}

  /** Makes the response out of the results. */
  @FunctionalInterface
  interface ResponseMaker<R> {

    Object make(ModelWire model, List<R> results, TimingWire timing);
  }

  /**
   * Asks about images and answers in JSON.
   *
   * @throws ProblemException if no image can be looked at
   */
  static <T, R> ResponseEntity<Object> answer(
      ImageTask<T, R> task,
      ImageRequest asked,
      List<SentImage> images,
      ResponseMaker<R> responseMaker)
      throws InterruptedException {
    HttpServletRequest request = asked.request();
    return switch (task.question().ask(asked.about(images))) {
      case Answer.Refused<T>(var failure) -> Problems.answer(failure, request);
      case Answer.Answered<T> answered -> {
        AnswerWriting.begin(request);
        boolean all = images.stream().allMatch(image -> image.problem() == null);
        Failure common = all ? commonFailure(answered.outcomes()) : null;
        String times = ServerTiming.of(answered.timing());
        if (common != null) {
          yield Problems.answer(common, request, times);
        }
        List<R> results = results(images, answered.outcomes(), request, task.results());
        yield ResponseEntity.ok()
            .header(ServerTiming.HEADER, times)
            .contentType(MediaType.APPLICATION_JSON)
            .body(
                responseMaker.make(
                    ModelWire.of(answered.model()), results, TimingWire.of(answered.timing())));
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
      ImageTask.ResultMaker<T, R> resultMaker) {
    Iterator<Outcome<T>> next = outcomes.iterator(); // refused images have none
    List<R> results = new ArrayList<>(images.size());
    for (SentImage image : images) {
      ProblemException problem = image.problem();
      results.add(
          problem == null
              ? result(image.id(), next.next(), request, resultMaker)
              : resultMaker.make(
                  image.id(), null, Problems.of(problem.type(), problem.detail(), request)));
    }
    return results;
  }

  /** The wire record of an image that was looked at. */
  static <T, R> R result(
      @Nullable String id,
      Outcome<T> outcome,
      HttpServletRequest request,
      ImageTask.ResultMaker<T, R> resultMaker) {
    return switch (outcome) {
      case Outcome.Success<T> success -> resultMaker.make(id, success, null);
      case Outcome.Failed<T>(var failure) ->
          resultMaker.make(id, null, Problems.of(failure, request));
    };
  }
}
