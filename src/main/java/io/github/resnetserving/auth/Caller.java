package io.github.resnetserving.auth;

/** Origin of a request, judged by its connection and never by its headers. */
public sealed interface Caller {

  /** A program on this machine sent the request straight to this server. */
  record Local() implements Caller {}

  /**
   * The request came from another machine, through a proxy or from a web page, or nothing is known
   * of its connection.
   *
   * @param reason what shows that, as the end of a sentence
   */
  record Elsewhere(String reason) implements Caller {}

  /** A caller of whom nothing is known. */
  Caller UNKNOWN = new Elsewhere("nothing is known of this request's connection");
}
