package io.github.resnetserving.model;

import java.io.IOException;

/** A models folder, or a file in it, that cannot be used; the message says which, and why. */
public final class ModelException extends IOException {

  private static final long serialVersionUID = 1;

  public ModelException(String message) {
    super(message);
  }

  ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
