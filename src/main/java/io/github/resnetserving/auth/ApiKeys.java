package io.github.resnetserving.auth;

import io.github.resnetserving.auth.AccessPolicy.Decision.Forbidden;
import io.github.resnetserving.auth.AccessPolicy.Decision.Granted;
import io.github.resnetserving.auth.AccessPolicy.Decision.Unauthenticated;
import io.github.resnetserving.auth.ApiKey.Right;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a server (bearer tokens, RFC 6750). Without any, every caller may ask for answers and
 * none may administer. Immutable.
 */
public final class ApiKeys {

  private static final String SCHEME = "bearer ";

  private final List<ApiKey> keys;

  /**
   * @throws IllegalArgumentException if two have the same name
   */
  public ApiKeys(List<ApiKey> keys) {
    this.keys = List.copyOf(keys);
    Set<String> names = new HashSet<>();
    for (ApiKey key : keys) {
      if (!names.add(key.name())) {
        throw new IllegalArgumentException(
            "two keys are named \"%s\": a name tells one from another".formatted(key.name()));
      }
    }
  }

  /** Whether every caller may do everything without a key. */
  public boolean isOpen() {
    return keys.isEmpty();
  }

  /**
   * Decides on a request.
   *
   * @param authorization the header's or metadata's text, null where there is none
   */
  public AccessPolicy.Decision decide(@Nullable String authorization, Right right) {
    if (isOpen()) {
      return right == Right.INFER
          ? new Granted(null)
          : new Forbidden("Administration needs an admin key, and no keys are configured.");
    }
    if (authorization == null) {
      return new Unauthenticated("This needs a key: send Authorization: Bearer KEY.");
    }
    if (!authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return new Unauthenticated("The Authorization header must be Bearer KEY.");
    }
    Optional<ApiKey> found = find(authorization.substring(SCHEME.length()).strip());
    if (found.isEmpty()) {
      return new Unauthenticated("The key is not known here.");
    }
    return found.get().rights().contains(right)
        ? new Granted(found.get().name())
        : new Forbidden(
            "The key \"%s\" lacks the right %s."
                .formatted(found.get().name(), right.name().toLowerCase(Locale.ROOT)));
  }

  /** Compares with every key, so that the time tells nothing. */
  private Optional<ApiKey> find(String key) {
    ApiKey found = null;
    for (ApiKey each : keys) {
      if (each.matches(key)) {
        found = each;
      }
    }
    return Optional.ofNullable(found);
  }
}
