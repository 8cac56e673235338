package io.github.resnetserving.rest.problem;

import io.github.resnetserving.rest.request.RequestException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that cannot be served; the message is the problem's detail. Carries no stack trace. */
public final class ProblemException extends RuntimeException {

  private final ProblemType type;
  private final @Nullable Duration retryAfter;

  public ProblemException(ProblemType type, String detail) {
    this(type, detail, null);
  }

  private ProblemException(ProblemType type, String detail, @Nullable Duration retryAfter) {
    super(detail, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.type = type;
    this.retryAfter = retryAfter;
  }

  /** The problem of a request that cannot be read. */
  public static ProblemException of(RequestException e) {
    ProblemType type =
        switch (e.kind()) {
          case MALFORMED -> ProblemType.BAD_REQUEST;
          case TOO_SLOW -> ProblemType.REQUEST_TIMEOUT;
          case TOO_LARGE -> ProblemType.TOO_LARGE;
          case UNSUPPORTED_ENCODING -> ProblemType.UNSUPPORTED_ENCODING;
          case NO_ROOM -> ProblemType.OVERLOADED;
        };
    return new ProblemException(type, e.detail(), e.retryAfter());
  }

  public static ProblemException badRequest(String detail) {
    return new ProblemException(ProblemType.BAD_REQUEST, detail);
  }

  public ProblemType type() {
    return type;
  }

  /** When to try again; null where that would not help. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }
}
