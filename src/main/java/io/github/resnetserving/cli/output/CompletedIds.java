package io.github.resnetserving.cli.output;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Set;

/**
 * Which images are done already: eight bytes of a hash each, so that a million take some 56 MB. Two
 * of a million names share a hash once in 40 million runs. Not thread-safe.
 */
public final class CompletedIds {

  private final Set<Long> hashes = new HashSet<>();

  void add(String id) {
    hashes.add(hash(id));
  }

  /** Whether an image is done. */
  public boolean contains(String id) {
    return hashes.contains(hash(id));
  }

  /** How many images are done. */
  public int size() {
    return hashes.size();
  }

  private static long hash(String id) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
