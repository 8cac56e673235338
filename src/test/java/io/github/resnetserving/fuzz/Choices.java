package io.github.resnetserving.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The decisions of a structure-aware generator, drawn from a fuzzer's data. Where the data are used
 * up each decision is the plainest one, so that short data give plain files. Not thread-safe.
 */
public final class Choices {

  /**
   * Bytes of a generated file: enough to tell a square from a line, and small enough to be fast.
   */
  public static final int MAX_BYTES = 12 << 10;

  /** Numbers at which sizes, counts and offsets overflow or are forgotten. */
  private static final int[] EDGES = {
    0,
    1,
    2,
    3,
    7,
    8,
    9,
    15,
    16,
    127,
    128,
    255,
    256,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffff,
    0xffffff,
    0x1000000,
    0x3fffffff,
    0x40000000,
    0x7ffffff0,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    -2,
    -1
  };

  private final FuzzedDataProvider data;

  public Choices(FuzzedDataProvider data) {
    this.data = data;
  }

  /** Returns one of them, the first where the data are used up. */
  public <T> T of(List<T> values) {
    return values.get(upTo(values.size() - 1));
  }

  /** Returns a number from 0 to {@code max}, both included. */
  public int upTo(int max) {
    return data.consumeInt(0, max);
  }

  /** Tells whether the rarer of two things happens, one time in so many. */
  public boolean oneIn(int times) {
    return upTo(times - 1) == 1;
  }

  /** Returns the usual number, or sometimes another: small, at an edge, or any. */
  public int number(int usual) {
    return switch (upTo(7)) {
      case 1 -> upTo(300);
      case 2 -> EDGES[upTo(EDGES.length - 1)];
      case 3 -> data.consumeInt();
      default -> usual;
    };
  }

  /** Returns so many bytes; zeros where the data are used up. */
  public byte[] bytes(int count) {
    return Arrays.copyOf(data.consumeBytes(count), count);
  }

  /** Returns how often something is repeated: once, or sometimes as often as a file has room. */
  public int times() {
    return oneIn(4) ? 1 + upTo(MAX_BYTES) : 1;
  }

  /**
   * Returns the pieces of a file with some left out, changed, repeated, or preceded by others.
   *
   * @param others pieces of any file of the format
   */
  public List<byte[]> rearranged(List<byte[]> file, List<byte[]> others) {
    List<byte[]> result = new ArrayList<>();
    int room = MAX_BYTES;
    for (byte[] piece : file) {
      int action = upTo(9);
      if (action == 4 || action == 5) {
        room = repeat(edited(of(others)), action == 4 ? 1 : times(), room, result);
      }
      switch (action) {
        case 1 -> {} // left out
        case 2 -> room = repeat(edited(piece), 1, room, result);
        case 3 -> room = repeat(edited(piece), times(), room, result);
        default -> room = repeat(piece, 1, room, result);
      }
    }
    return result;
  }

  /** Returns the room that is left. */
  private static int repeat(byte[] piece, int times, int room, List<byte[]> into) {
    int each = piece.length + 4; // what frames a piece counts too
    int count = Math.min(times, room / each);
    for (int i = 0; i < count; i++) {
      into.add(piece);
    }
    return room - count * each;
  }

  /** Returns a copy with a few bytes changed, put in or taken out. */
  public byte[] edited(byte[] piece) {
    byte[] result = piece;
    int edits = 1 + upTo(3);
    for (int i = 0; i < edits; i++) {
      int at = upTo(result.length);
      int end = Math.min(result.length, at + upTo(8));
      result =
          switch (upTo(5)) {
            case 1 -> spliced(result, at, at, bytes(upTo(16)));
            case 2 -> spliced(result, at, end, new byte[0]);
            case 3 -> spliced(result, at, at + 2, number(2, /* littleEndian= */ false));
            case 4 -> spliced(result, at, at + 4, number(4, oneIn(2)));
            default -> spliced(result, at, at + 1, bytes(1));
          };
    }
    return result;
  }

  private byte[] number(int size, boolean littleEndian) {
    int number = EDGES[upTo(EDGES.length - 1)];
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[littleEndian ? i : size - 1 - i] = (byte) (number >> (8 * i));
    }
    return bytes;
  }

  /** Replaces the bytes from one place to another, which may lie behind the end. */
  private static byte[] spliced(byte[] piece, int from, int to, byte[] by) {
    int end = Math.min(to, piece.length);
    byte[] result = Arrays.copyOf(piece, piece.length - (end - from) + by.length);
    System.arraycopy(by, 0, result, from, by.length);
    System.arraycopy(piece, end, result, from + by.length, piece.length - end);
    return result;
  }
}
