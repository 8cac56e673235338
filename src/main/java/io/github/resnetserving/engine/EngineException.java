package io.github.resnetserving.engine;

/** The native engine refused a plan or failed on a batch. */
public final class EngineException extends Exception {

  private static final long serialVersionUID = 1;

  EngineException(String message) {
    super(message);
  }

  /** Says in one line what was being done and what the native engine said. */
  static EngineException because(String doing, Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return new EngineException(
        "%s: %s".formatted(doing, message.lines().findFirst().orElse("")), cause);
  }

  private EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
