package io.github.resnetserving.http;

import org.jspecify.annotations.Nullable;

/**
 * One image of a request.
 *
 * @param id what the client calls it, such as its file name, or null
 * @param encoded its bytes; not copied
 * @param problem why it cannot be looked at, or null
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes
record SentImage(@Nullable String id, byte[] encoded, @Nullable ProblemException problem) {

  SentImage(@Nullable String id, byte[] encoded) {
    this(id, encoded, null);
  }

  static SentImage refused(@Nullable String id, ProblemException problem) {
    return new SentImage(id, new byte[0], problem);
  }
}
