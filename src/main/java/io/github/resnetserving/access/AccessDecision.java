package io.github.resnetserving.access;

/** Whether a request may go on. */
public sealed interface AccessDecision {

  /** It may. */
  record Granted() implements AccessDecision {}

  /**
   * Nobody known asks.
   *
   * @param detail what to do
   */
  record Unauthenticated(String detail) implements AccessDecision {}

  /**
   * Who asks may not do this.
   *
   * @param detail what would be needed
   */
  record Forbidden(String detail) implements AccessDecision {}
}
