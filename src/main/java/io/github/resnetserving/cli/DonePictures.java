package io.github.resnetserving.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which pictures are done already: eight bytes of a hash each, so that a million take 16 MB. Two of
 * a million names share a hash once in 40 million runs. Not thread-safe.
 */
final class DonePictures {

  private long[] slots = new long[1024]; // open addressing; 0 is free
  private int size;

  /** Remembers one. */
  void add(String id) {
    if (2 * ++size > slots.length) {
      long[] before = slots;
      slots = new long[2 * before.length];
      for (long hash : before) {
        if (hash != 0) {
          slots[slot(hash)] = hash;
        }
      }
    }
    long hash = hash(id);
    slots[slot(hash)] = hash;
  }

  boolean contains(String id) {
    return slots[slot(hash(id))] != 0;
  }

  int size() {
    return size;
  }

  /** Where a hash is, or would be. */
  private int slot(long hash) {
    int mask = slots.length - 1;
    int slot = (int) hash & mask;
    while (slots[slot] != 0 && slots[slot] != hash) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private static long hash(String id) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getLong() | 1L << 63; // never 0
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
