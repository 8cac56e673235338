package io.github.resnetserving.imageurl;

/** Why an image was not fetched; the message is for the client that sent the address. */
public final class RemoteException extends Exception {

  /** What went wrong. */
  public enum Reason {
    /** The address is not one that may be fetched. */
    NOT_ALLOWED,
    /** It may be fetched, and nothing came, or not in time. */
    UNREACHABLE,
    /** There is more than is allowed. */
    TOO_LARGE,
    /** There is no room for the bytes now. */
    NO_ROOM
  }

  private final Reason reason;

  RemoteException(Reason reason, String message) {
    super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
