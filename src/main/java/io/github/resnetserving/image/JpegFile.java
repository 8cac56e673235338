package io.github.resnetserving.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a JPEG's markers say, read without decoding (ITU-T T.81, annex B). What they claim is held
 * against the bytes that are there, since the decoder cannot be interrupted.
 *
 * @param width columns as stored
 * @param height rows as stored
 * @param components 1, 3 or 4
 * @param encoding how the components are to be understood
 * @param orientation of the first EXIF segment
 * @param coefficientBytes that a decoder keeps of the whole image; 0 if it needs one pass only
 */
record JpegFile(
    int width,
    int height,
    int components,
    Encoding encoding,
    Orientation orientation,
    long coefficientBytes) {

  /** Colour of the components. */
  enum Encoding {
    GRAY,
    YCBCR,
    RGB,
    CMYK,
    YCCK
  }

  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int SOS = 0xda;
  private static final int EOI = 0xd9;

  private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
  private static final byte[] JFIF = {'J', 'F', 'I', 'F', 0};
  private static final byte[] ADOBE = {'A', 'd', 'o', 'b', 'e'};

  /**
   * Walks over all markers up to the end of the image, because decoders fill what is missing of a
   * truncated file with gray and merely warn.
   */
  static JpegFile parse(byte[] encoded, DecodeRules rules) throws ImageException {
    return new Parser(encoded, rules).parse();
  }

  private static final class Parser {

    private static final VarHandle EIGHT =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private int at = 2;
    private boolean jfif;
    private int adobeTransform = -1;
    private Orientation orientation = Orientation.UPRIGHT;
    private final DecodeRules rules;
    private int frame; // offset of the frame header's segment, 0 before it
    private @Nullable JpegScans scans; // of that frame
    private boolean exif;

    Parser(byte[] bytes, DecodeRules rules) {
      this.bytes = bytes;
      this.rules = rules;
    }

    JpegFile parse() throws ImageException {
      int data = 0; // where the entropy-coded data of the last scan begin
      while (true) {
        int from = at;
        int marker = nextMarker();
        rules.spend(at - from);
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
          continue; // stands alone, without a length
        }
        if (scans != null) {
          scans.endScan(at - 2 - data);
        }
        if (marker == EOI) {
          return file();
        }
        int length = at + 2 <= bytes.length ? u16(at) : 0;
        if (length < 2 || length > bytes.length - at) {
          throw truncated();
        }
        segment(marker, at, length);
        at += length;
        data = at;
        rules.spend(length);
      }
    }

    private JpegFile file() throws ImageException {
      if (scans == null || scans.count() == 0) {
        throw new UnreadableImageException("The JPEG image has no scan.");
      }
      return new JpegFile(
          u16(frame + 5),
          u16(frame + 3),
          u8(frame + 7),
          encoding(),
          orientation,
          scans.coefficientBytes());
    }

    /** The next marker's code; leaves {@code at} behind it. Skips entropy-coded data and fill. */
    private int nextMarker() throws UnreadableImageException {
      for (at = next0xff(bytes, at); at + 1 < bytes.length; at = next0xff(bytes, at)) {
        int code = u8(++at);
        if (code != 0 && code != 0xff) {
          at++;
          return code;
        }
      }
      throw truncated();
    }

    /** The first place from {@code from} on that holds 0xff; eight places at a time. */
    private static int next0xff(byte[] bytes, int from) {
      int i = from;
      for (; i <= bytes.length - Long.BYTES; i += Long.BYTES) {
        long inverted = ~(long) EIGHT.get(bytes, i);
        // The lowest zero byte's highest bit is the lowest one set (Warren, Hacker's Delight, 6-1).
        long zeros = (inverted - 0x0101010101010101L) & ~inverted & 0x8080808080808080L;
        if (zeros != 0) {
          return i + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
        }
      }
      while (i < bytes.length && bytes[i] != (byte) 0xff) {
        i++;
      }
      return i;
    }

    private void segment(int marker, int start, int length) throws ImageException {
      int body = start + 2;
      if (marker == APP0 && has(JFIF, body, length)) {
        jfif = true;
      } else if (marker == APP1 && !exif && has(EXIF, body, length)) {
        exif = true;
        orientation = Exif.orientation(bytes, body + 6, length - 8);
      } else if (marker == APP14 && length >= 14 && has(ADOBE, body, length)) {
        adobeTransform = u8(body + 11);
      } else if (marker == SOS) {
        if (scans == null) {
          throw JpegScans.corrupt();
        }
        scans.begin(bytes, body, length - 2);
      } else if (marker >= 0xc0
          && marker <= 0xcf
          && marker != 0xc4
          && marker != 0xc8
          && marker != 0xcc) {
        frame(marker, start, length);
      }
    }

    private void frame(int marker, int start, int length) throws ImageException {
      if (frame != 0 || length < 11 || length < 8 + 3 * u8(start + 7)) {
        throw new UnreadableImageException("The JPEG image's frame header is corrupt.");
      }
      if ((marker > 0xc2 && marker != 0xc9 && marker != 0xca) || u8(start + 2) != 8) {
        throw new UnsupportedImageException(
            "The JPEG image is lossless, hierarchical or has %d bits a sample; baseline and"
                    .formatted(u8(start + 2))
                + " progressive with 8 bits are read.");
      }
      if (u16(start + 3) == 0) {
        throw new UnsupportedImageException(
            "The JPEG image tells its height behind its pixels (DNL), which is not read.");
      }
      rules.admit(u16(start + 5), u16(start + 3));
      frame = start;
      scans = new JpegScans(marker, bytes, start);
    }

    /** The rules that libjpeg follows where the file does not say. */
    private Encoding encoding() throws UnsupportedImageException {
      return switch (u8(frame + 7)) {
        case 1 -> Encoding.GRAY;
        case 3 -> {
          if (jfif) {
            yield Encoding.YCBCR;
          }
          boolean named = u8(frame + 8) == 'R' && u8(frame + 11) == 'G' && u8(frame + 14) == 'B';
          yield adobeTransform == 0 || (adobeTransform < 0 && named)
              ? Encoding.RGB
              : Encoding.YCBCR;
        }
        case 4 -> adobeTransform > 0 ? Encoding.YCCK : Encoding.CMYK;
        default ->
            throw new UnsupportedImageException(
                "The JPEG image has %d components.".formatted(u8(frame + 7)));
      };
    }

    private boolean has(byte[] name, int from, int length) {
      return length - 2 >= name.length
          && Arrays.equals(bytes, from, from + name.length, name, 0, name.length);
    }

    private int u8(int index) {
      return bytes[index] & 0xff;
    }

    private int u16(int index) {
      return u8(index) << 8 | u8(index + 1);
    }

    private static UnreadableImageException truncated() {
      return new UnreadableImageException("The JPEG image is truncated.");
    }
  }
}
