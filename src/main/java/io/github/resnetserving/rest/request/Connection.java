package io.github.resnetserving.rest.request;

import java.time.Duration;

/**
 * What can be done about a request's connection besides reading and writing. The web server puts
 * one into each request as the attribute {@link #ATTRIBUTE}; where there is none, only the server's
 * own time-outs apply.
 */
public interface Connection {

  /** The attribute's name. */
  String ATTRIBUTE = Connection.class.getName();

  /**
   * Bounds how long each of the next reads waits, besides the server's own time-out.
   *
   * @param limit positive
   */
  void limitReads(Duration limit);

  /**
   * Bounds how long each of the next writes waits, besides the server's own time-out.
   *
   * @param limit positive
   */
  void limitWrites(Duration limit);

  /** Takes both limits back. */
  void unlimited();

  /**
   * Closes the connection if what is left of the request's body has not come by then; to be called
   * when the request has its answer.
   */
  void finishWithin(Duration limit);
}
