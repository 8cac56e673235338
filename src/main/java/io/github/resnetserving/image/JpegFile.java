package io.github.resnetserving.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a JPEG's markers say, read without decoding (ITU-T T.81, annex B). What they claim is held
 * against the bytes that are there, since the decoder cannot be interrupted.
 *
 * @param width columns as stored
 * @param height rows as stored
 * @param components 1, 3 or 4
 * @param encoding how the components are to be understood
 * @param orientation of the EXIF segments, or else of XMP
 * @param coefficientBytes that a decoder keeps of the whole image; 0 if it needs one pass only
 * @param repaired what a decoder is to read: the file, or a copy without harmless oddities
 * @param notes of those oddities
 */
@SuppressWarnings("ArrayRecordComponent") // private to the decoders, which only read it
record JpegFile(
    int width,
    int height,
    int components,
    Encoding encoding,
    Orientation orientation,
    long coefficientBytes,
    byte[] repaired,
    Set<ImageNote> notes) {

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
  private static final int DHT = 0xc4;
  private static final int RST0 = 0xd0;
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int DRI = 0xdd;
  private static final int JPEG_LS = 0xf7;
  private static final int NONE = -1; // no marker, the file ends

  private static final int JFIF_MAJOR = 1; // version, the only one there has been

  private static final byte[] JFIF = {'J', 'F', 'I', 'F', 0};
  private static final byte[] ADOBE = {'A', 'd', 'o', 'b', 'e'};

  /**
   * Walks over all markers up to the end of the image, because decoders fill what is missing of a
   * truncated file with gray and merely warn. The end marker itself may be missing where no scan
   * can: then the decoder tells whether the last one is whole.
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
    private final DecodeRules rules;
    private final JpegRepair repair;
    private final JpegOrientation orientation;
    private int frame; // offset of the frame header's segment, 0 before it
    private @Nullable JpegScans scans; // of that frame
    private boolean huffmanTables;
    private boolean restarting; // whether data have restart markers
    private int restarts; // so far in the scan

    Parser(byte[] bytes, DecodeRules rules) {
      this.bytes = bytes;
      this.rules = rules;
      this.repair = new JpegRepair(bytes);
      this.orientation = new JpegOrientation(bytes);
    }

    JpegFile parse() throws ImageException {
      int data = 0; // where the entropy-coded data of the open scan begin; 0 between segments
      while (true) {
        int from = at;
        int marker = nextMarker();
        rules.spend(at - from);
        if (marker == NONE) {
          return withoutEnd(data);
        }
        if (data == 0 && isStray(from, at - 2)) {
          repair.cut(from, at - 2);
        }
        if (marker == 0x01 || (marker >= RST0 && marker <= SOI)) {
          if (data > 0 && restarting && marker != SOI && marker != 0x01) {
            restart(marker);
          }
          continue; // stands alone, without a length
        }
        if (data > 0 && scans != null) {
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
        data = marker == SOS ? at : 0;
        rules.spend(length);
      }
    }

    /** Bytes before a marker, of which fill bytes are none. */
    private boolean isStray(int from, int end) {
      for (int i = from; i < end; i++) {
        if (bytes[i] != (byte) 0xff) {
          return true;
        }
      }
      return false;
    }

    /** Markers are numbered from 0 to 7, so that a decoder sees where some are missing. */
    private void restart(int marker) throws ImageException.Unreadable {
      if (marker - RST0 != (restarts & 7)) {
        throw new ImageException.Unreadable(
            "The JPEG image has restart marker %d in place of %d: part of its data is missing."
                .formatted(marker - RST0, restarts & 7));
      }
      restarts++;
    }

    private JpegFile withoutEnd(int data) throws ImageException {
      if (scans == null || !scans.isComplete()) {
        throw truncated();
      }
      if (data > 0) {
        scans.endScan(bytes.length - data);
      }
      repair.end();
      return file();
    }

    private JpegFile file() throws ImageException {
      if (scans == null || scans.count() == 0) {
        throw new ImageException.Unreadable("The JPEG image has no scan.");
      }
      if (!scans.hasAllComponents()) {
        throw new ImageException.Unreadable(
            "The JPEG image has no data of some of its components.");
      }
      return new JpegFile(
          u16(frame + 5),
          u16(frame + 3),
          u8(frame + 7),
          encoding(),
          orientation.find(),
          scans.coefficientBytes(),
          repair.repaired(),
          scans.isPrecise() ? repair.notes() : repair.notesAnd(ImageNote.SCANS_MISSING));
    }

    /**
     * The next marker's code, or {@link #NONE}; leaves {@code at} behind it. Skips entropy-coded
     * data and fill.
     */
    private int nextMarker() {
      for (at = next0xff(bytes, at); at + 1 < bytes.length; at = next0xff(bytes, at)) {
        int code = u8(++at);
        if (code != 0 && code != 0xff) {
          at++;
          return code;
        }
      }
      return NONE;
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
      switch (marker) {
        case APP0 -> {
          if (Ascii.is(JFIF, bytes, body, length - 2)) {
            jfif = true;
            if (length >= 16) {
              repair.set(body + 5, JFIF_MAJOR);
            }
          }
        }
        case APP1 -> orientation.segment(body, length - 2);
        case APP14 -> {
          if (length >= 14 && Ascii.is(ADOBE, bytes, body, length - 2)) {
            adobeTransform = u8(body + 11);
          }
        }
        case DHT -> huffmanTables = true;
        case DRI -> restarting = length >= 4 && u16(body) != 0;
        case SOS -> scan(start, length);
        case JPEG_LS -> throw unsupported("JPEG-LS");
        case 0xc8, 0xcc -> {} // an extension of the standard; arithmetic conditions
        default -> {
          if (marker >= 0xc0 && marker <= 0xcf) {
            frame(marker, start, length);
          }
        }
      }
    }

    private void scan(int start, int length) throws ImageException {
      if (scans == null) {
        throw JpegScans.corrupt();
      }
      int body = start + 2;
      scans.begin(bytes, body, length - 2);
      restarts = 0;
      if (scans.isSequential()) { // all coefficients at once, although some cameras write otherwise
        if (!huffmanTables) {
          repair.insert(start - 2, JpegRepair.StandardTables.segment(), ImageNote.STANDARD_TABLES);
          huffmanTables = true;
        }
        int selection = body + 1 + 2 * u8(body);
        repair.set(selection, 0);
        repair.set(selection + 1, 63);
        repair.set(selection + 2, 0);
      }
    }

    private void frame(int marker, int start, int length) throws ImageException {
      if (frame != 0 || length < 11 || length < 8 + 3 * u8(start + 7)) {
        throw new ImageException.Unreadable("The JPEG image's frame header is corrupt.");
      }
      if (marker > 0xc2) {
        throw unsupported(
            (marker & 3) == 3 ? "lossless" : marker > 0xc8 ? "arithmetic coding" : "hierarchical");
      }
      if (u8(start + 2) != 8) {
        throw unsupported(u8(start + 2) + " bits a sample");
      }
      if (u16(start + 3) == 0) {
        throw new ImageException.Unsupported(
            "The JPEG image tells its height behind its pixels (DNL), which is not read.");
      }
      rules.admit(u16(start + 5), u16(start + 3));
      frame = start;
      scans = new JpegScans(marker, bytes, start);
    }

    private static ImageException.Unsupported unsupported(String what) {
      return new ImageException.Unsupported(
          "The JPEG image is of a kind that is not read: %s. Baseline and progressive with 8 bits are."
              .formatted(what));
    }

    /** The rules that libjpeg follows where the file does not say. */
    private Encoding encoding() throws ImageException.Unsupported {
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
            throw new ImageException.Unsupported(
                "The JPEG image has %d components.".formatted(u8(frame + 7)));
      };
    }

    private int u8(int index) {
      return bytes[index] & 0xff;
    }

    private int u16(int index) {
      return u8(index) << 8 | u8(index + 1);
    }

    private static ImageException.Unreadable truncated() {
      return new ImageException.Unreadable("The JPEG image is truncated.");
    }
  }
}
