package io.github.resnetserving.rest.request;

import java.io.IOException;

/** The client does not read its answer, or reads it too slowly. */
final class SlowReaderException extends IOException {

  SlowReaderException() {
    super("the client does not read its answer fast enough");
  }
}
