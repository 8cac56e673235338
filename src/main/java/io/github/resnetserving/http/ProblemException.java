package io.github.resnetserving.http;

/** A request that cannot be served; the message is the problem's detail. Carries no stack trace. */
final class ProblemException extends RuntimeException {

  private final ProblemType type;

  ProblemException(ProblemType type, String detail) {
    super(detail, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.type = type;
  }

  static ProblemException badRequest(String detail) {
    return new ProblemException(ProblemType.BAD_REQUEST, detail);
  }

  ProblemType type() {
    return type;
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
