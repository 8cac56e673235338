package io.github.resnetserving.models;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A models folder, or a file in it, that cannot be used; the message says which, and why. */
public final class ModelException extends IOException {

  private static final long serialVersionUID = 1;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
