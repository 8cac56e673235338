package io.github.resnetserving.http;

import java.util.Arrays;

/** The kinds of problems, stable: clients tell them apart by their {@link #uri()}. */
enum ProblemType {
  BAD_REQUEST("bad-request", "Bad request", 400),
  UNAUTHENTICATED("unauthenticated", "Unauthenticated", 401),
  FORBIDDEN("forbidden", "Forbidden", 403),
  URL_NOT_ALLOWED("url-not-allowed", "URL not allowed", 403),
  UNKNOWN_MODEL("unknown-model", "Unknown model", 404),
  UNKNOWN_VERSION("unknown-version", "Unknown version", 404),
  NOT_FOUND("not-found", "Not found", 404),
  METHOD_NOT_ALLOWED("method-not-allowed", "Method not allowed", 405),
  NOT_ACCEPTABLE("not-acceptable", "Not acceptable", 406),
  REQUEST_TIMEOUT("request-timeout", "Request timeout", 408),
  TOO_LARGE("too-large", "Too large", 413),
  UNSUPPORTED_IMAGE("unsupported-image", "Unsupported image", 415),
  UNSUPPORTED_ENCODING("unsupported-encoding", "Unsupported content encoding", 415),
  UNREADABLE_IMAGE("unreadable-image", "Unreadable image", 422),
  TOO_MANY_PIXELS("too-many-pixels", "Too many pixels", 422),
  IMAGE_TOO_COSTLY("image-too-costly", "Image too costly", 422),
  UNUSABLE_MODEL("unusable-model", "Unusable model", 422),
  OVERLOADED("overloaded", "Overloaded", 429),
  INTERNAL("internal", "Internal error", 500),
  URL_UNREACHABLE("url-unreachable", "URL unreachable", 502),
  NOT_READY("not-ready", "Not ready", 503),
  DEADLINE_EXCEEDED("deadline-exceeded", "Deadline exceeded", 504);

  private final String slug;
  private final String title;
  private final int status;

  ProblemType(String slug, String title, int status) {
    this.slug = slug;
    this.title = title;
    this.status = status;
  }

  String uri() {
    return "/problems/" + slug;
  }

  String title() {
    return title;
  }

  int status() {
    return status;
  }

  /** What a status means when nothing but the status is known. */
  static ProblemType ofStatus(int status) {
    if (status == 404) {
      return NOT_FOUND;
    }
    return Arrays.stream(values())
        .filter(type -> type.status == status && type != URL_NOT_ALLOWED)
        .findFirst()
        .orElse(status >= 500 ? INTERNAL : BAD_REQUEST);
  }
}
