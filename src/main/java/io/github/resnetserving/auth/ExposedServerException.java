package io.github.resnetserving.auth;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** A production server would let the whole network in. */
public final class ExposedServerException extends Exception {

  private static final long serialVersionUID = 1;

  private ExposedServerException(String message) {
    super(message);
  }

  /**
   * Checks where a server listens that needs no key.
   *
   * @param address null or empty for all addresses
   */
  public static void requireLoopback(@Nullable String address) throws ExposedServerException {
    try {
      // Java takes an empty name for this machine's; Spring takes it for no choice.
      boolean isEverywhere = address == null || address.isEmpty();
      if (isEverywhere || !InetAddress.getByName(address).isLoopbackAddress()) {
        throw new ExposedServerException(
            "The server would listen on %s, and no keys are configured: everyone could ask."
                .formatted(isEverywhere ? "all addresses" : address));
      }
    } catch (UnknownHostException e) {
      throw new ExposedServerException(address + " is no address of this machine.");
    }
  }
}
