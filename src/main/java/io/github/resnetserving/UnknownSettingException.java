package io.github.resnetserving;

/** A setting that does not exist; the message names it, and those that are like it. */
final class UnknownSettingException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  UnknownSettingException(String message) {
    super(message);
  }
}
