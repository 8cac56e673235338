package io.github.resnetserving.sandbox;

import java.io.IOException;

/** A helper wrote what no helper of ours writes. */
final class BadReplyException extends IOException {

  private static final long serialVersionUID = 1;

  BadReplyException(String message) {
    super(message);
  }
}
