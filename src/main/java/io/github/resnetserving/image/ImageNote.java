package io.github.resnetserving.image;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What is odd about an image's file that was read all the same, because every pixel is in it. The
 * order is the order in which notes are told.
 */
public enum ImageNote {
  /** JPEG without EOI, PNG without IEND or with a damaged one, GIF without its trailer. */
  END_MARKER_MISSING("end marker missing"),
  /** JPEG with bytes that belong to no segment, GIF with zeros between its blocks. */
  STRAY_BYTES("stray bytes"),
  /** Fields of a header that no decoder needs, and that contradict the file. */
  HEADER_FIELD_WRONG("header field wrong"),
  /**
   * A progressive JPEG whose scans refine each other in an order that the standard does not have.
   */
  SCAN_ORDER("scans out of order"),
  /** A progressive JPEG that ends before its scans have refined every coefficient. */
  SCANS_MISSING("progressive scans missing"),
  /** A JPEG without Huffman tables, as in Motion JPEG: the standard's example tables are meant. */
  STANDARD_TABLES("standard Huffman tables assumed");

  private final String text;

  ImageNote(String text) {
    this.text = text;
  }

  /** For clients. */
  public String text() {
    return text;
  }

  static Set<ImageNote> union(Set<ImageNote> some, Set<ImageNote> others) {
    if (some.isEmpty() || others.isEmpty()) {
      return setOf(some.isEmpty() ? others : some);
    }
    Set<ImageNote> all = EnumSet.copyOf(some);
    all.addAll(others);
    return setOf(all);
  }

  /** An unmodifiable set in the order of this enum. */
  static Set<ImageNote> setOf(Collection<ImageNote> notes) {
    return notes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(notes));
  }
}
