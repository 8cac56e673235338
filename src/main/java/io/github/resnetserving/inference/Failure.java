package io.github.resnetserving.inference;

import java.time.Duration;
import java.util.List;

/** Why there is no answer. {@link #detail()} is the message for the client, without internals. */
public sealed interface Failure {

  /** What is wrong and what to do about it, one or two sentences. */
  String detail();

  /** Text of a client's: it is repeated, but not at any length. */
  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  /** An image that cannot be used; others of the request are not affected. */
  record BadImage(Reason reason, String detail) implements Failure {

    /** What is wrong with the image. */
    public enum Reason {
      /** Not a format that is read. */
      UNSUPPORTED,
      /** Truncated or corrupt. */
      UNREADABLE,
      /** The header claims more pixels than are allowed. */
      TOO_MANY_PIXELS,
      /** Decoding takes more time or memory than one image may. */
      TOO_COSTLY
    }
  }

  /** A parameter that the chosen model cannot serve. */
  record BadParameter(String detail) implements Failure {}

  /** There is more to do than can be done before the deadline. */
  record Overloaded(Duration retryAfter) implements Failure {

    @Override
    public String detail() {
      return "The queue is full or too long for the deadline. Send the request again after "
          + "the time in Retry-After, or with a longer deadline.";
    }
  }

  /** There is no memory for the answer now. */
  record NoRoom(Duration retryAfter) implements Failure {

    @Override
    public String detail() {
      return "The server has no memory for the answer now. Send the request again after the time in"
          + " Retry-After, or ask for less at a time.";
    }
  }

  /**
   * One request never gets the memory that the answer needs.
   *
   * @param bytes how many it needs
   * @param most how many one request may have
   */
  record AnswerTooLarge(long bytes, long most) implements Failure {

    @Override
    public String detail() {
      return "Computing the answer needs %d bytes, and a request may have %d of them at a time."
              .formatted(bytes, most)
          + " Send fewer images in a request, or ask for less of each: another layer, pool, one"
          + " crop.";
    }
  }

  /** The deadline passed. */
  record TimedOut(Duration limit) implements Failure {

    @Override
    public String detail() {
      return "There was no answer within %d ms. Ask for fewer images or set a longer deadline."
          .formatted(limit.toMillis());
    }
  }

  /**
   * No model has that name now.
   *
   * @param unloaded whether one had, until it was unloaded
   */
  record UnknownModel(String name, List<String> known, boolean unloaded) implements Failure {

    public UnknownModel {
      known = List.copyOf(known);
    }

    /** A name that no model has ever had here. */
    public UnknownModel(String name, List<String> known) {
      this(name, known, /* unloaded= */ false);
    }

    @Override
    public String detail() {
      if (unloaded) {
        return "The model %s was unloaded. Load it again with PUT /models/%s, or name another: %s."
            .formatted(
                shown(name),
                shown(name),
                known.isEmpty() ? "there is none now" : String.join(", ", known));
      }
      return "There is no model %s. There are: %s."
          .formatted(shown(name), String.join(", ", known));
    }
  }

  /** The model has no such version. */
  record UnknownVersion(String model, String version, List<String> known) implements Failure {

    public UnknownVersion {
      known = List.copyOf(known);
    }

    @Override
    public String detail() {
      return "The model %s has no version %s. There are: %s."
          .formatted(model, shown(version), String.join(", ", known));
    }
  }

  /** The model has no such head; the detail names those that it has. */
  record UnknownHead(String detail) implements Failure {}

  /** The head cannot be used with the model: it belongs to another network, or is damaged. */
  record UnusableHead(String detail) implements Failure {}

  /** The model is known and cannot answer yet, or no longer. */
  record NotReady(String model, String state, Duration retryAfter) implements Failure {

    @Override
    public String detail() {
      return "The model %s is not ready: %s.".formatted(model, state);
    }
  }

  /** A defect of ours; the cause is for the log only. */
  record EngineFailed(Throwable cause) implements Failure {

    @Override
    public String detail() {
      return "The image could not be processed because of a defect in the server.";
    }
  }

  /** The client no longer wants the answer. */
  record Cancelled() implements Failure {

    @Override
    public String detail() {
      return "The request was cancelled.";
    }
  }
}
