package io.github.resnetserving.http;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.rest.request.LineReader;
import io.github.resnetserving.rest.request.RequestLease;
import io.github.resnetserving.rest.request.RequestLimits;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers images that come one a line, one result a line, in order and while they come. Any number
 * of them takes the memory of as many as a request may have: while so many are under way nothing is
 * read, and a client that does not read its answers is waited for as long as the connection's
 * time-out says. Thread-safe.
 */
final class NdjsonAnswers {

  static final String TYPE = "application/x-ndjson";

  private final HttpSettings settings;
  private final RequestLimits limits;
  private final NanoClock clock;
  private final JsonImages json;
  private final UrlImages urls;
  private final Draining draining;
  private final JsonMapper mapper =
      JsonMapper.builder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET) // more lines follow
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  NdjsonAnswers(
      HttpSettings settings,
      RequestLimits limits,
      NanoClock clock,
      JsonImages json,
      UrlImages urls,
      Draining draining) {
    this.settings = settings;
    this.limits = limits;
    this.clock = clock;
    this.json = json;
    this.urls = urls;
    this.draining = draining;
  }

  /**
   * Answers until the body ends.
   *
   * @return null once that is done; a problem where already the first line is asked in vain,
   *     because of a parameter or of the model
   * @throws ProblemException if there is no line
   * @throws IOException the client has gone, or does not read
   */
  <T, R> @Nullable ResponseEntity<Object> answer(
      ImageTask<T, R> task, ImageRequest asked, HttpServletResponse response)
      throws IOException, InterruptedException {
    RequestLease lease = RequestLease.of(asked.request());
    try (LineReader lines =
        new LineReader(asked.request(), limits, asked.deadline().limit(), clock)) {
      var stream =
          new NdjsonStream<>(
              task,
              asked,
              lines,
              json,
              urls,
              mapper,
              new StreamShare(lease.part(), lease.most()),
              settings.maxImages(),
              draining);
      return stream.run(response);
    }
  }
}
