package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import java.util.List;

/** Words for outcomes; never text of a request, which would be unbounded. */
final class OutcomeTag {

  private static final String SUCCESS = "success";

  private OutcomeTag() {}

  static String of(Outcome<?> outcome) {
    return switch (outcome) {
      case Outcome.Success<?> _ -> SUCCESS;
      case Outcome.Failed<?>(var failure) -> of(failure);
    };
  }

  /** That of all images where they share it, and else {@code partial}. */
  static String of(List<? extends Outcome<?>> outcomes) {
    List<String> distinct = outcomes.stream().map(OutcomeTag::of).distinct().toList();
    return distinct.size() == 1 ? distinct.getFirst() : "partial";
  }

  static String of(Failure failure) {
    return switch (failure) {
      case Failure.BadImage bad ->
          switch (bad.reason()) {
            case UNSUPPORTED -> "unsupported-image";
            case UNREADABLE -> "unreadable-image";
            case TOO_MANY_PIXELS -> "too-many-pixels";
            case TOO_COSTLY -> "image-too-costly";
          };
      case Failure.BadParameter _ -> "bad-parameter";
      case Failure.Overloaded _ -> "overloaded";
      case Failure.NoRoom _ -> "no-room";
      case Failure.AnswerTooLarge _ -> "answer-too-large";
      case Failure.TimedOut _ -> "timed-out";
      case Failure.UnknownModel _ -> "unknown-model";
      case Failure.UnknownVersion _ -> "unknown-version";
      case Failure.UnknownHead _ -> "unknown-head";
      case Failure.UnusableHead _ -> "unusable-head";
      case Failure.NotReady _ -> "not-ready";
      case Failure.EngineFailed _ -> "engine-failed";
      case Failure.Cancelled _ -> "cancelled";
    };
  }
}
