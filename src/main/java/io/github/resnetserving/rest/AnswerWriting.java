package io.github.resnetserving.rest;

import jakarta.servlet.ServletRequest;
import java.util.OptionalLong;

/** When a request's answer was made, so that the time to write it can be measured. Thread-safe. */
final class AnswerWriting {

  private static final String ATTRIBUTE = AnswerWriting.class.getName();

  private AnswerWriting() {}

  /** The answer is there. */
  static void begin(ServletRequest request) {
    request.setAttribute(ATTRIBUTE, System.nanoTime());
  }

  /** Nanoseconds since the answer was there; empty if there was none. */
  static OptionalLong nanos(ServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof Long since
        ? OptionalLong.of(System.nanoTime() - since)
        : OptionalLong.empty();
  }
}
