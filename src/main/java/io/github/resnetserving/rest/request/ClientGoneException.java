package io.github.resnetserving.rest.request;

import java.io.IOException;
import org.apache.catalina.connector.ClientAbortException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;

/** The client closed the connection while its body was read, or does not read its answer. */
public final class ClientGoneException extends IOException {

  ClientGoneException(IOException cause) {
    super(cause);
  }

  ClientGoneException(String message) {
    super(message);
  }

  /**
   * Whether an exception, or one of its causes, says that the client is no longer there, so that no
   * answer reaches it. That is worth a line at the level DEBUG at most.
   */
  public static boolean isReasonOf(Throwable e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ClientGoneException
          || cause instanceof ClientAbortException
          || cause instanceof AsyncRequestNotUsableException) {
        return true;
      }
    }
    return false;
  }
}
