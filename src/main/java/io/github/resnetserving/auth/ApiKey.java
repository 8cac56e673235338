package io.github.resnetserving.auth;

import io.github.resnetserving.models.Digest;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * A key as it is configured: only its hash is known here. SHA-256 is enough, since keys are random
 * and long, which passwords are not.
 *
 * @param name whose it is, for the log
 * @param sha256 of the key's UTF-8, 64 hexadecimal digits
 * @param rights at least one
 */
public record ApiKey(String name, String sha256, @DefaultValue("infer") Set<Right> rights) {

  private static final int BYTES = 32;

  public ApiKey {
    // Spring binds null where nothing is given.
    if (Objects.isNull(name) || Objects.isNull(sha256)) {
      throw new IllegalArgumentException(
          "resnet.access.keys has a key without %s: the command keys new prints name and sha256"
              .formatted(Objects.isNull(name) ? "a name" : "a sha256"));
    }
    rights = Set.copyOf(rights);
    if (!sha256.matches("[0-9a-fA-F]{64}")) {
      throw new IllegalArgumentException(
          "the sha256 of the key \"%s\" is not 64 hexadecimal digits: the command keys new prints it"
              .formatted(name));
    }
    if (rights.isEmpty()) {
      throw new IllegalArgumentException(
          "the key \"%s\" has no rights: give it infer, admin or both".formatted(name));
    }
  }

  /** A new key of 256 random bits, as URL-safe text. */
  public static String random() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return "rsk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What {@link #sha256} is of a key. */
  public static String sha256(String key) {
    return Digest.sha256(key);
  }

  /** Takes as long for a wrong key as for the right one. */
  boolean matches(String key) {
    return MessageDigest.isEqual(
        HexFormat.of().parseHex(Digest.sha256(key)), HexFormat.of().parseHex(sha256));
  }

  /** What a key may do. */
  public enum Right {
    /** Ask for answers, and which models there are. */
    INFER,
    /** Load, replace and unload models, and use management endpoints that change or reveal more. */
    ADMIN
  }
}
