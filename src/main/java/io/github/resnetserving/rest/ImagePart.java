package io.github.resnetserving.rest;

import io.github.resnetserving.rest.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/**
 * One image of a request.
 *
 * @param id what the client calls it, such as its file name, or null
 * @param encoded its bytes; not copied
 * @param problem why it cannot be looked at, or null
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes
record ImagePart(@Nullable String id, byte[] encoded, @Nullable ProblemException problem) {

  ImagePart(@Nullable String id, byte[] encoded) {
    this(id, encoded, null);
  }

  static ImagePart refused(@Nullable String id, ProblemException problem) {
    return new ImagePart(id, new byte[0], problem);
  }

  /** One image as a body names it. */
  sealed interface Source {

    /** Its bytes are in the body, or it is wrong. */
    record Inline(ImagePart image) implements Source {}

    /**
     * It is to be brought.
     *
     * @param where its place in the body, for problems
     */
    record Remote(@Nullable String id, String where, String url) implements Source {}
  }
}
