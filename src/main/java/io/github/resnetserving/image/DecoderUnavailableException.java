package io.github.resnetserving.image;

/**
 * The decoder that an image needs cannot be run at present, for a reason that lies in this machine.
 * The message is for the client and has no internals.
 */
public final class DecoderUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public DecoderUnavailableException(String message) {
    super(message);
  }
}
