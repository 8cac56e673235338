package io.github.resnetserving.image;

import java.util.Arrays;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG (W3C Recommendation, third edition), row by row straight to RGB, so that an image costs no
 * more than its pixels. The JDK's reader is not used because it ignores checksums, applies profiles
 * to gray, and keeps 16-bit images at twice their size.
 */
final class PngDecoder implements Decoder {

  /** Adam7: first column, first row, column step and row step of each pass. */
  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  /** Deflate's best (RFC 1951): 258 bytes out of two bits. */
  private static final int INFLATION = 1032;

  private static final int BUFFER = 1 << 15;

  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    PngFile file = PngFile.parse(encoded, rules);
    rules.admit(file.width(), file.height());
    if (file.dataBytes() * INFLATION < inflatedBytes(file)) {
      throw tooEarly();
    }
    int rowBytes = file.rowBytes(file.width());
    rules.reserve(3L * file.width() * (file.height() + 1) + 2L * rowBytes);
    Bitmap bitmap = workspace.bitmap(file.height(), file.width());
    byte[] line = workspace.line(file.width());
    PngPixels pixels = new PngPixels(file, rules.background());
    Inflater inflater = new Inflater();
    try {
      Rows rows = new Rows(encoded, file, inflater, rules, workspace);
      for (int[] pass : file.interlaced() ? ADAM7 : WHOLE) {
        int columns = steps(file.width(), pass[0], pass[2]);
        int lines = steps(file.height(), pass[1], pass[3]);
        if (columns > 0) {
          rows.start(columns);
          for (int i = 0; i < lines; i++) {
            byte[] row = rows.next();
            int y = pass[1] + i * pass[3];
            rules.spend(file.width()); // of an interlaced image, too, every line is written whole
            if (!file.interlaced() && pixels.areStoredAsRgb()) {
              bitmap.put(y, 0, row, columns);
              continue;
            }
            if (file.interlaced()) { // what earlier passes wrote stays
              bitmap.get(y, 0, file.width(), line, 0);
            }
            pixels.write(row, columns, line, pass[0] * 3, pass[2] * 3);
            bitmap.put(y, 0, line, file.width());
          }
        }
      }
    } catch (DataFormatException e) {
      throw new ImageException.Unreadable("The PNG image's compressed data are corrupt.", e);
    } finally {
      inflater.end();
    }
    return new Decoded(
        bitmap, file.orientation(), file.ended() ? Set.of() : Set.of(ImageNote.END_MARKER_MISSING));
  }

  /** Bytes of all passes' rows, each with its filter type. */
  private static long inflatedBytes(PngFile file) {
    long bytes = 0;
    for (int[] pass : file.interlaced() ? ADAM7 : WHOLE) {
      int columns = steps(file.width(), pass[0], pass[2]);
      if (columns > 0) {
        bytes += (1L + file.rowBytes(columns)) * steps(file.height(), pass[1], pass[3]);
      }
    }
    return bytes;
  }

  private static ImageException.Unreadable tooEarly() {
    return new ImageException.Unreadable("The PNG image's data end too early.");
  }

  private static int steps(int size, int first, int step) {
    return (size - first + step - 1) / step;
  }

  /** Inflates and unfilters one row after the other. */
  private static final class Rows {

    private final byte[] encoded;
    private final PngFile file;
    private final Inflater inflater;
    private final DecodeRules rules;
    private final PngFile.DataChunks data;
    private final byte[] buffer; // inflated
    private int from;
    private int end;
    private long left; // to be inflated
    private final byte[] filter = new byte[1];
    private byte[] row; // unfiltered
    private byte[] previous;
    private int length; // of a row

    Rows(
        byte[] encoded,
        PngFile file,
        Inflater inflater,
        DecodeRules rules,
        DecodeBuffers workspace) {
      this.encoded = encoded;
      this.file = file;
      this.inflater = inflater;
      this.rules = rules;
      this.data = new PngFile.DataChunks(encoded, file);
      this.buffer = workspace.inflated(BUFFER);
      this.left = inflatedBytes(file);
      this.row = workspace.row(file.rowBytes(file.width()));
      this.previous = workspace.previousRow(file.rowBytes(file.width()));
    }

    /** The row before the first one counts as zeros. */
    void start(int columns) {
      length = file.rowBytes(columns);
      Arrays.fill(row, 0, length, (byte) 0);
    }

    /** The next row, in the first bytes of an array. */
    byte[] next() throws DataFormatException, ImageException {
      byte[] spare = previous;
      previous = row;
      row = spare;
      read(filter, 1);
      read(row, length);
      unfilter(filter[0]);
      return row;
    }

    /** Out of the buffer, because a call of the inflater costs more than a short row. */
    private void read(byte[] target, int count) throws DataFormatException, ImageException {
      int done = 0;
      while (done < count) {
        if (from == end) {
          refill();
        }
        int n = Math.min(count - done, end - from);
        System.arraycopy(buffer, from, target, done, n);
        from += n;
        done += n;
      }
    }

    private void refill() throws DataFormatException, ImageException {
      int wanted = (int) Math.min(BUFFER, left); // never beyond the last row
      from = 0;
      end = 0;
      while (end == 0) {
        end = inflater.inflate(buffer, 0, wanted);
        if (end == 0) {
          if (!inflater.needsInput() || !data.next()) {
            throw tooEarly();
          }
          inflater.setInput(encoded, data.offset(), data.length());
          rules.spend(1);
        }
      }
      left -= end;
    }

    private void unfilter(int filter) throws ImageException.Unreadable {
      int step = Math.max(file.bitsPerPixel() / 8, 1);
      switch (filter) {
        case 0 -> {}
        case 1 -> {
          for (int i = step; i < length; i++) {
            row[i] += row[i - step];
          }
        }
        case 2 -> {
          for (int i = 0; i < length; i++) {
            row[i] += previous[i];
          }
        }
        case 3 -> {
          for (int i = 0; i < length; i++) {
            int left = i < step ? 0 : row[i - step] & 0xff;
            row[i] += (byte) ((left + (previous[i] & 0xff)) >> 1);
          }
        }
        case 4 -> paeth(step);
        default ->
            throw new ImageException.Unreadable("The PNG image has no filter " + filter + ".");
      }
    }

    private void paeth(int step) {
      for (int i = 0; i < Math.min(step, length); i++) {
        row[i] += previous[i];
      }
      for (int i = step; i < length; i++) {
        int left = row[i - step] & 0xff;
        int up = previous[i] & 0xff;
        int corner = previous[i - step] & 0xff;
        int toLeft = Math.abs(up - corner);
        int toUp = Math.abs(left - corner);
        int toCorner = Math.abs(left + up - 2 * corner);
        int nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
        row[i] += (byte) nearest;
      }
    }
  }
}
