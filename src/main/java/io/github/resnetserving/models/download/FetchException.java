package io.github.resnetserving.models.download;

import java.io.IOException;

/** A model that could not be fetched; the message says why, and what to do. */
public final class FetchException extends IOException {

  private static final long serialVersionUID = 1;

  private final boolean resumable;

  private FetchException(String message, boolean resumable, Throwable cause) {
    super(message, cause);
    this.resumable = resumable;
  }

  private FetchException(String message, boolean resumable) {
    super(message);
    this.resumable = resumable;
  }

  /** What has come so far is of no use. */
  static FetchException refused(String message) {
    return new FetchException(message, /* resumable= */ false);
  }

  static FetchException refused(String message, Throwable cause) {
    return new FetchException(message, /* resumable= */ false, cause);
  }

  /** What has come so far is kept for the next time. */
  static FetchException interrupted(String message) {
    return new FetchException(message, /* resumable= */ true);
  }

  static FetchException interrupted(String message, Throwable cause) {
    return new FetchException(message, /* resumable= */ true, cause);
  }

  /** Whether it may succeed when it is tried again; what has come so far is kept. */
  public boolean isResumable() {
    return resumable;
  }
}
