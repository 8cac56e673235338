package io.github.resnetserving.cli.output;

import io.github.resnetserving.models.Digest;
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

  /** The first eight bytes of the SHA-256 of a name. */
  static long hash(String id) {
    return Long.parseUnsignedLong(Digest.sha256(id), 0, 2 * Long.BYTES, 16);
  }
}
