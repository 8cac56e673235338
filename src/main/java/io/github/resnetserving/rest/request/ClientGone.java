package io.github.resnetserving.rest.request;

import org.apache.catalina.connector.ClientAbortException;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;

/** Tells failures of the connection from those of the server. */
public final class ClientGone {

  private ClientGone() {}

  /**
   * Whether an exception says that the client is no longer there, so that no answer reaches it.
   * That is worth a line at the level DEBUG at most.
   */
  public static boolean isReasonOf(Throwable e) {
    return e instanceof ClientGoneException
        || e instanceof ClientAbortException
        || e instanceof AsyncRequestNotUsableException
        || e instanceof SlowReaderException;
  }
}
