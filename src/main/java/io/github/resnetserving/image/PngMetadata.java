package io.github.resnetserving.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Where a PNG may tell its orientation: in its own chunk for EXIF, in the texts that ImageMagick
 * and GIMP wrote before there was one, and in XMP. As in Pillow, of several chunks of a kind the
 * last one counts, and the kinds count in this order. Not thread-safe: one for each image.
 */
final class PngMetadata {

  private static final int EXIF = 0x65584966;
  private static final int TEXT = 0x74455874;
  private static final int COMPRESSED = 0x7a545874;
  private static final int INTERNATIONAL = 0x69545874;

  private static final byte[] EXIF_KEY = key("exif");
  private static final byte[] PROFILE_KEY = key("Raw profile type exif");
  private static final byte[] XMP_KEY = key("XML:com.adobe.xmp");

  /** Bytes of an inflated text at most, which is Pillow's limit. */
  private static final int MAX_TEXT = 1 << 20;

  private static final int HEADER_LINES = 3; // of a raw profile: empty, its name, its length

  private final byte[] encoded;
  private final Chunk exif = new Chunk();
  private final Chunk profile = new Chunk();
  private final Chunk xmp = new Chunk();

  PngMetadata(byte[] encoded) {
    this.encoded = encoded;
  }

  private static byte[] key(String name) {
    return (name + "\0").getBytes(StandardCharsets.US_ASCII);
  }

  /** The value of a chunk, without its key. */
  private static final class Chunk {

    private int type; // 0 where there is none
    private int from;
    private int length;

    void set(int type, int from, int length) {
      this.type = type;
      this.from = from;
      this.length = length;
    }
  }

  /** Looks at a chunk, in the order of the file. */
  void chunk(int type, int content, int length) {
    switch (type) {
      case EXIF -> exif.set(type, content, length);
      case TEXT -> {
        if (!keep(exif, EXIF_KEY, type, content, length)) {
          text(type, content, length);
        }
      }
      case COMPRESSED, INTERNATIONAL -> text(type, content, length);
      default -> {}
    }
  }

  private void text(int type, int content, int length) {
    if (!keep(profile, PROFILE_KEY, type, content, length)) {
      var _ = keep(xmp, XMP_KEY, type, content, length);
    }
  }

  private boolean keep(Chunk chunk, byte[] key, int type, int content, int length) {
    boolean named = Ascii.is(key, encoded, content, length);
    if (named) {
      chunk.set(type, content + key.length, length - key.length);
    }
    return named;
  }

  /** How the image is to be turned. */
  Orientation orientation() {
    Optional<Orientation> found = Optional.empty();
    if (exif.type != 0) {
      found = Exif.orientation(encoded, exif.from, exif.length);
    } else if (profile.type != 0) {
      byte[] bytes = unhexed(text(profile));
      found = Exif.orientation(bytes, 0, bytes.length);
    }
    if (found.isEmpty() && xmp.type != 0) {
      byte[] bytes = text(xmp);
      found = Xmp.orientation(bytes, 0, bytes.length);
    }
    return found.orElse(Orientation.UPRIGHT);
  }

  /** A text as it was before it was compressed; empty if it is damaged or too long. */
  private byte[] text(Chunk chunk) {
    int end = chunk.from + chunk.length;
    return switch (chunk.type) {
      case TEXT -> Arrays.copyOfRange(encoded, chunk.from, end);
      case COMPRESSED -> inflated(chunk.from + 1, end); // behind the method
      default -> international(chunk.from, end);
    };
  }

  /** Behind the key stand a flag and the method of compression, a language and a translated key. */
  private byte[] international(int from, int end) {
    int value = from + 2;
    for (int i = 0; i < 2; i++) {
      while (value < end && encoded[value] != 0) {
        value++;
      }
      value++;
    }
    if (value > end) {
      return new byte[0];
    }
    return encoded[from] == 0 ? Arrays.copyOfRange(encoded, value, end) : inflated(value, end);
  }

  private byte[] inflated(int from, int end) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(encoded, from, Math.max(end - from, 0));
      byte[] buffer = new byte[4096];
      int n;
      do {
        n = inflater.inflate(buffer);
        out.write(buffer, 0, n);
      } while (n > 0 && out.size() <= MAX_TEXT);
      return inflater.finished() && out.size() <= MAX_TEXT ? out.toByteArray() : new byte[0];
    } catch (DataFormatException e) {
      return new byte[0];
    } finally {
      inflater.end();
    }
  }

  /** The bytes of a raw profile: hexadecimal digits in lines, behind three lines of a header. */
  private static byte[] unhexed(byte[] text) {
    int at = 0;
    for (int i = 0; i < HEADER_LINES; i++) {
      while (at < text.length && text[at] != '\n') {
        at++;
      }
      at++;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.max((text.length - at) / 2, 0));
    int high = -1;
    for (; at < text.length; at++) {
      int digit = Character.digit(text[at], 16);
      if (digit >= 0 && high >= 0) {
        bytes.write(high << 4 | digit);
        high = -1;
      } else if (digit >= 0) {
        high = digit;
      }
    }
    return bytes.toByteArray();
  }
}
