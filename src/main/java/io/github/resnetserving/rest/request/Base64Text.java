package io.github.resnetserving.rest.request;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * Base64 in a JSON string as clients write it: plain, which costs no more than Java's own decoder,
 * or as a data URL (RFC 2397), with the URL-safe alphabet (RFC 4648, section 5), with line breaks
 * or spaces (RFC 2045), and in all of them without padding. Escapes of JSON are undone on the way,
 * so that no string of the text is ever made.
 */
public final class Base64Text {

  private static final byte[] NONE = {};
  private static final int END = -1;
  private static final int WRONG = -2;

  private static final byte[] VALUES = new byte[128]; // of each character, -1 for none

  static {
    Arrays.fill(VALUES, (byte) -1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < alphabet.length(); i++) {
      VALUES[alphabet.charAt(i)] = (byte) i;
    }
    VALUES['-'] = VALUES['+'];
    VALUES['_'] = VALUES['/'];
  }

  private final byte[] json;
  private final int end;
  private int at;

  private Base64Text(byte[] json, int from, int end) {
    this.json = json;
    this.at = from;
    this.end = end;
  }

  /**
   * Decodes the text of a JSON string.
   *
   * @param json has it from {@code from} to before {@code end}, without quotes; not modified
   * @return nothing if it is no base64
   */
  public static Optional<byte[]> decode(byte[] json, int from, int end) {
    try {
      return Optional.of(
          Base64.getDecoder().decode(ByteBuffer.wrap(json, from, end - from)).array());
    } catch (IllegalArgumentException e) { // written in another way, or no base64
      return new Base64Text(json, from, end).decode();
    }
  }

  private Optional<byte[]> decode() {
    if (!passHeader()) {
      return Optional.empty();
    }
    int start = at;
    int size = decode(NONE); // what is no base64 takes no memory
    if (size < 0) {
      return Optional.empty();
    }
    at = start;
    byte[] bytes = new byte[size];
    int _ = decode(bytes);
    return Optional.of(bytes);
  }

  /**
   * Decodes what is left.
   *
   * @param into as many bytes as there are, or none to count them only
   * @return how many there are; negative if it is no base64
   */
  private int decode(byte[] into) {
    int count = 0;
    int buffer = 0;
    int digits = 0;
    int padding = 0;
    for (int c = next(); c != END; c = next()) {
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        continue;
      }
      if (c == '=') {
        padding++;
        continue;
      }
      int value = c < 0 || c >= VALUES.length ? -1 : VALUES[c];
      if (value < 0 || padding > 0) {
        return -1;
      }
      buffer = buffer << 6 | value;
      if (++digits % 4 == 0) {
        count = put(into, count, buffer, 3);
      }
    }
    int rest = digits % 4;
    if (rest == 1 || (padding > 0 && (rest == 0 || padding > 4 - rest))) {
      return -1;
    }
    return rest == 0 ? count : put(into, count, buffer << (6 * (4 - rest)), rest - 1);
  }

  /** Puts the first so many of three bytes; returns how many there are then. */
  private static int put(byte[] into, int count, int three, int bytes) {
    if (into.length > 0) {
      for (int i = 0; i < bytes; i++) {
        into[count + i] = (byte) (three >> (8 * (2 - i)));
      }
    }
    return count + bytes;
  }

  /** Passes over what a data URL has before its data; false if those are not in base64. */
  private boolean passHeader() {
    if (end - at < 5 || !isData()) {
      return true;
    }
    StringBuilder tail = new StringBuilder();
    int c = next();
    for (; c >= 0 && c != ','; c = next()) {
      tail.append((char) Character.toLowerCase(c));
      if (tail.length() > ";base64".length()) {
        tail.deleteCharAt(0);
      }
    }
    return c == ',' && tail.toString().equals(";base64");
  }

  private boolean isData() {
    String start = "data:";
    for (int i = 0; i < start.length(); i++) {
      if (Character.toLowerCase(json[at + i]) != start.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The next character, of which JSON and URLs may each have escaped any. */
  private int next() {
    if (at >= end) {
      return END;
    }
    int c = json[at++];
    if (c == '\\') {
      if (at >= end) {
        return WRONG;
      }
      c =
          switch (json[at++]) {
            case '/' -> '/';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> hex(4);
            default -> WRONG;
          };
    }
    return c == '%' ? hex(2) : c;
  }

  private int hex(int digits) {
    if (at > end - digits) {
      return WRONG;
    }
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(json[at++], 16);
      if (digit < 0) {
        return WRONG;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
