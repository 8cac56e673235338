package io.github.resnetserving;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** A production server would let the whole network in. */
final class ExposedServerException extends Exception {

  private static final long serialVersionUID = 1;

  private ExposedServerException(String message) {
    super(message);
  }

  /**
   * Checks where a server listens that needs no key.
   *
   * @param address null for all addresses
   */
  static void requireLoopback(@Nullable String address) throws ExposedServerException {
    try {
      if (address == null || !InetAddress.getByName(address).isLoopbackAddress()) {
        throw new ExposedServerException(
            "The server would listen on %s, and no keys are configured: everyone could ask."
                .formatted(address == null ? "all addresses" : address));
      }
    } catch (UnknownHostException e) {
      throw new ExposedServerException(address + " is no address of this machine.");
    }
  }
}
