package io.github.resnetserving.auth;

import io.github.resnetserving.auth.AccessPolicy.Decision.Forbidden;
import io.github.resnetserving.auth.AccessPolicy.Decision.Granted;
import io.github.resnetserving.auth.AccessPolicy.Decision.Unauthenticated;
import io.github.resnetserving.auth.ApiKey.Right;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may do what. Where keys are configured only they count. Where none are, every caller
 * may ask for answers, and models are administered with the key that the server made for its own
 * user at its start ({@link AdminKeyFile}); a loopback address alone proves nothing, since a
 * reverse proxy on the same machine has one too. Immutable.
 */
public final class AccessPolicy {

  private final ApiKeys keys;
  private final ApiKeys startKey;
  private final boolean keylessAdministration;

  /**
   * @param keys the configured keys
   * @param startKey the key of this run for administration; it counts only while {@code keys} is
   *     empty
   * @param keylessAdministration whether a {@link Caller.Local} may administer without any key
   *     while {@code keys} is empty
   */
  public AccessPolicy(ApiKeys keys, Optional<ApiKey> startKey, boolean keylessAdministration) {
    this.keys = keys;
    this.startKey = new ApiKeys(startKey.map(List::of).orElse(List.of()));
    this.keylessAdministration = keylessAdministration;
  }

  /** The configured keys. */
  public ApiKeys keys() {
    return keys;
  }

  /** Whether {@link #decide} depends on the caller at all. */
  public boolean asksForCaller() {
    return keys.isOpen() && keylessAdministration;
  }

  /**
   * Decides on a request.
   *
   * @param authorization the text of its {@code Authorization} header, null where it has none
   */
  public Decision decide(@Nullable String authorization, Right right, Caller caller) {
    if (right == Right.INFER || !keys.isOpen()) {
      return keys.decide(authorization, right);
    }
    if (authorization != null) {
      return startKey.isOpen()
          ? new Unauthenticated("The key is not known here: no keys are configured.")
          : startKey.decide(authorization, right);
    }
    if (keylessAdministration && caller instanceof Caller.Local) {
      return new Granted(null);
    }
    String detail =
        "Administration needs an admin key, and no keys are configured."
            + (startKey.isOpen()
                ? ""
                : " The server's own user finds one for this run in the file that the log names:"
                    + " curl -H @FILE.");
    return new Forbidden(
        keylessAdministration && caller instanceof Caller.Elsewhere(var reason)
            ? detail + " Without a key only programs on this machine may, and " + reason + "."
            : detail);
  }

  /** Whether a request may go on. */
  public sealed interface Decision {

    /**
     * It may.
     *
     * @param key name of the key that it came with; null where it needed none
     */
    record Granted(@Nullable String key) implements Decision {}

    /**
     * The caller is not known: no key, or an unknown one.
     *
     * @param detail what to do
     */
    record Unauthenticated(String detail) implements Decision {}

    /**
     * The caller is known and lacks the right.
     *
     * @param detail what would be needed
     */
    record Forbidden(String detail) implements Decision {}
  }

  /** Origin of a request, judged by its connection and never by its headers. */
  public sealed interface Caller {

    /** A program on this machine sent the request straight to this server. */
    record Local() implements Caller {}

    /**
     * The request came from another machine, through a proxy or from a web page, or nothing is
     * known of its connection.
     *
     * @param reason what shows that, as the end of a sentence
     */
    record Elsewhere(String reason) implements Caller {}

    /** A caller of whom nothing is known. */
    Caller UNKNOWN = new Elsewhere("nothing is known of this request's connection");
  }
}
