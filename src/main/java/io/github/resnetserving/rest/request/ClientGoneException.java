package io.github.resnetserving.rest.request;

import java.io.IOException;

/** The client closed the connection while its body was being read. */
final class ClientGoneException extends IOException {

  ClientGoneException(IOException cause) {
    super(cause);
  }
}
