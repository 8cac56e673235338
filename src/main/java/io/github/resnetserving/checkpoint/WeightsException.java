package io.github.resnetserving.checkpoint;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A weights file that cannot be read. The message says what is wrong with the file, names the
 * tensor where there is one, and says what to do; it is fit to be shown to a user.
 */
public final class WeightsException extends IOException {

  public WeightsException(String message) {
    super(message);
  }

  public WeightsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The same finding, told with the file it is about. */
  public WeightsException in(String file) {
    var located = new WeightsException(file + ": " + getMessage(), getCause());
    located.setStackTrace(getStackTrace());
    return located;
  }
}
