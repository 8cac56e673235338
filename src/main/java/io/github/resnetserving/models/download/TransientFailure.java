package io.github.resnetserving.models.download;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An attempt that failed where the next may succeed. */
final class TransientFailure extends IOException {

  private static final long serialVersionUID = 1;

  private final @Nullable Duration retryAfter;

  TransientFailure(String message, @Nullable Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  TransientFailure(String message, Throwable cause) {
    super(message, cause);
    this.retryAfter = null;
  }

  /** What the server asks to wait; null where it does not. */
  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
