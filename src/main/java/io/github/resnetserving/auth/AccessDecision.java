package io.github.resnetserving.auth;

/** Whether a request may go on. */
public sealed interface AccessDecision {

  /** It may. */
  record Granted() implements AccessDecision {}

  /**
   * The caller is not known: no key, or an unknown one.
   *
   * @param detail what to do
   */
  record Unauthenticated(String detail) implements AccessDecision {}

  /**
   * The caller is known and lacks the right.
   *
   * @param detail what would be needed
   */
  record Forbidden(String detail) implements AccessDecision {}
}
