package io.github.resnetserving.rest.problem;

import java.util.Arrays;

/** The kinds of problems, stable: clients tell them apart by their {@link #uri()}. */
public enum ProblemType {
  BAD_REQUEST(
      "bad-request",
      "Bad request",
      400,
      "top_k is 0: resnet50 has 1000 classes, so it must be between 1 and 1000."),
  UNAUTHENTICATED(
      "unauthenticated",
      "Unauthenticated",
      401,
      "This needs a key: send Authorization: Bearer KEY."),
  FORBIDDEN("forbidden", "Forbidden", 403, "The key \"web\" lacks the right admin."),
  URL_NOT_ALLOWED(
      "url-not-allowed",
      "URL not allowed",
      403,
      "images[0].url: example.com is not a host that images may come from."),
  UNKNOWN_MODEL(
      "unknown-model",
      "Unknown model",
      404,
      "There is no model resnet51. There are: resnet50, cifar10-resnet20."),
  UNKNOWN_VERSION(
      "unknown-version",
      "Unknown version",
      404,
      "The model resnet50 has no version 3. There are: 1, 2."),
  UNKNOWN_HEAD(
      "unknown-head",
      "Unknown head",
      404,
      "The model resnet50 has no head flowers. There are: birds, cars."),
  NOT_FOUND(
      "not-found",
      "Not found",
      404,
      "There is nothing at this path. /v3/api-docs describes what there is."),
  METHOD_NOT_ALLOWED(
      "method-not-allowed", "Method not allowed", 405, "GET is not allowed here, only POST."),
  NOT_ACCEPTABLE(
      "not-acceptable",
      "Not acceptable",
      406,
      "No answer of the type that Accept asks for can be given."),
  REQUEST_TIMEOUT(
      "request-timeout",
      "Request timeout",
      408,
      "The body did not arrive in time. Send the request again."),
  TOO_LARGE(
      "too-large",
      "Too large",
      413,
      "The body is larger than 20971520 bytes. Send smaller or fewer images."),
  UNSUPPORTED_IMAGE(
      "unsupported-image",
      "Unsupported image",
      415,
      "The bytes are in no image format that is read here. Send one of JPEG, PNG, GIF, BMP, WEBP,"
          + " TIFF."),
  UNSUPPORTED_ENCODING(
      "unsupported-encoding",
      "Unsupported content encoding",
      415,
      "The content encoding br is not read here. Send the body in gzip, in deflate or as it is."),
  UNREADABLE_IMAGE(
      "unreadable-image",
      "Unreadable image",
      422,
      "The JPEG ends before its image does. Send the whole file."),
  TOO_MANY_PIXELS(
      "too-many-pixels",
      "Too many pixels",
      422,
      "The image has 900000000 pixels, 50000000 are allowed. Send a smaller one."),
  IMAGE_TOO_COSTLY(
      "image-too-costly",
      "Image too costly",
      422,
      "The TIFF image took more time to decode than one image may. Convert it to JPEG or PNG with"
          + " an image editor and send that."),
  UNUSABLE_MODEL(
      "unusable-model",
      "Unusable model",
      422,
      "The model resnet50 cannot be loaded: models/resnet50/1/model.json is not JSON: Unexpected"
          + " end-of-input at line 3."),
  UNUSABLE_HEAD(
      "unusable-head",
      "Unusable head",
      422,
      "The class tulip has one image: it needs at least two, one to learn from and one to check."
          + " Add some, or remove it."),
  OVERLOADED(
      "overloaded",
      "Overloaded",
      429,
      "The queue is full or too long for the deadline. Send the request again after the time in"
          + " Retry-After, or with a longer deadline."),
  INTERNAL(
      "internal",
      "Internal error",
      500,
      "A defect of the server. The request_id finds it in the log."),
  URL_UNREACHABLE(
      "url-unreachable", "URL unreachable", 502, "images[0].url: The image could not be fetched."),
  NOT_READY("not-ready", "Not ready", 503, "The model resnet50 is not ready: it is loading."),
  DEADLINE_EXCEEDED(
      "deadline-exceeded",
      "Deadline exceeded",
      504,
      "There was no answer within 10000 ms. Ask for fewer images or set a longer deadline.");

  private final String slug;
  private final String title;
  private final int status;
  private final String example;

  ProblemType(String slug, String title, int status, String example) {
    this.slug = slug;
    this.title = title;
    this.status = status;
    this.example = example;
  }

  public String uri() {
    return "/problems/" + slug;
  }

  public String title() {
    return title;
  }

  public int status() {
    return status;
  }

  /** A detail that a problem of this type may have, for the API document. */
  public String example() {
    return example;
  }

  /** The last part of the {@link #uri()}. */
  public String word() {
    return slug;
  }

  /** What a status means when nothing but the status is known. */
  public static ProblemType ofStatus(int status) {
    if (status == 404) {
      return NOT_FOUND;
    }
    return Arrays.stream(values())
        .filter(type -> type.status == status && type != URL_NOT_ALLOWED)
        .findFirst()
        .orElse(status >= 500 ? INTERNAL : BAD_REQUEST);
  }
}
