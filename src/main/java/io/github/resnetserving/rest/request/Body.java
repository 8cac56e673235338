package io.github.resnetserving.rest.request;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A body that has arrived, on its request's lease. Used by the request's thread.
 *
 * <p>{@link #free} gives its memory back as soon as everything has been taken out of it, instead of
 * with the answer.
 */
public final class Body {

  private final RequestLease lease;
  private byte @Nullable [] bytes;

  Body(byte[] bytes, RequestLease lease) {
    this.bytes = bytes;
    this.lease = lease;
  }

  /**
   * The bytes; not copied.
   *
   * @throws NullPointerException once the body was freed
   */
  public byte[] bytes() {
    return Objects.requireNonNull(bytes);
  }

  /** Gives the bytes' room back; there must be no other reference to the array. */
  public void free() {
    if (bytes != null) {
      lease.giveBack(bytes.length);
      bytes = null;
    }
  }
}
