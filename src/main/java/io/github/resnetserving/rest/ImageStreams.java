package io.github.resnetserving.rest;

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
 *
 * @param json reads lines
 * @param urls fetches images that lines name by their address
 */
record ImageStreams(
    RequestLimits limits,
    NanoClock clock,
    JsonImages json,
    UrlImages urls,
    HttpConnections connections) {

  static final String TYPE = "application/x-ndjson";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET) // more lines follow
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  JsonMapper mapper() {
    return MAPPER;
  }

  /**
   * Answers until the body ends.
   *
   * @return null once that is done; a problem where already the first line is refused because of a
   *     parameter or of the model
   * @throws ProblemException if there is no line
   * @throws IOException the client has gone, or does not read
   */
  <P extends ImageParameters, T, R> @Nullable ResponseEntity<Object> answer(
      ImageEndpoint<P, T, R> endpoint, ImageRequest<P> request, HttpServletResponse response)
      throws IOException, InterruptedException {
    RequestLease lease = RequestLease.of(request.http());
    try (LineReader lines =
        new LineReader(request.http(), limits, request.deadline().limit(), clock)) {
      StreamShare share = new StreamShare(lease.part(), lease.most());
      return new NdjsonStream<>(endpoint, request, lines, share, this).run(response);
    }
  }
}
