package io.github.resnetserving.engine;

/** The native engine refused a plan or failed on a batch. */
public final class EngineException extends Exception {

  private static final long serialVersionUID = 1;

  EngineException(String message) {
    super(message);
  }

  EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
