package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first frame of a GIF (GIF89a specification), on its logical screen. The JDK's reader is not
 * used because it takes truncated data for the end of the image.
 */
final class GifDecoder implements Decoder {

  private static final int PADDING = 0x00; // which the format does not know, but encoders write
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int GRAPHIC_CONTROL = 0xf9;

  /** First row and row step of the four passes of an interlaced frame. */
  private static final int[][] INTERLACED = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

  private static final int[][] PROGRESSIVE = {{0, 1}};

  /** What the header says of all frames. */
  @SuppressWarnings("ArrayRecordComponent") // private to the decoder, which only reads it
  private record Screen(int width, int height, byte[] palette) {}

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < 13) {
      throw truncated();
    }
    byte[] palette = palette(in.position(13), /* flags= */ in.get(10));
    Screen screen = new Screen(in.getShort(6) & 0xffff, in.getShort(8) & 0xffff, palette);
    int transparent = -1;
    boolean padded = false;
    while (true) {
      switch (u8(in)) {
        case PADDING -> {
          padded = true;
          rules.spend(1);
        }
        case EXTENSION -> {
          if (u8(in) == GRAPHIC_CONTROL
              && in.remaining() > 4
              && (in.get(in.position()) & 0xff) > 3) {
            boolean keyed = (in.get(in.position() + 1) & 1) == 1;
            transparent = keyed ? in.get(in.position() + 4) & 0xff : -1;
          }
          in.position(GifBlocks.behind(encoded, in.position(), rules));
        }
        case IMAGE -> {
          return new Decoded(
              frame(encoded, in, screen, transparent, rules, workspace),
              Orientation.UPRIGHT,
              GifEnd.notes(encoded, in.position(), padded, rules));
        }
        default -> throw new ImageException.Unreadable("The GIF image holds no frame.");
      }
    }
  }

  private static Bitmap frame(
      byte[] encoded,
      ByteBuffer in,
      Screen screen,
      int transparent,
      DecodeRules rules,
      DecodeBuffers workspace)
      throws ImageException {
    if (in.remaining() < 9) {
      throw truncated();
    }
    int left = in.getShort() & 0xffff;
    int top = in.getShort() & 0xffff;
    int width = in.getShort() & 0xffff;
    int height = in.getShort() & 0xffff;
    int flags = in.get();
    byte[] own = palette(in, flags);
    // Pillow, too, enlarges the screen where the first frame does not fit it.
    int allWidth = Math.max(screen.width, left + width);
    int allHeight = Math.max(screen.height, top + height);
    rules.admit(width, height);
    rules.admit(allWidth, allHeight);
    byte[] table = table(own.length > 0 ? own : screen.palette, transparent, rules.background());
    int codeSize = u8(in);
    GifLzw indices = new GifLzw(new GifBlocks(encoded, in.position(), rules), codeSize);
    long dataBytes = new GifBlocks(encoded, in.position(), rules).skip();
    if (GifLzw.most(dataBytes, codeSize) < (long) width * height) {
      throw truncated();
    }

    Bitmap bitmap = workspace.bitmap(allHeight, allWidth);
    byte[] line = workspace.line(allWidth);
    fill(line, table, Math.max(transparent, 0), allWidth);
    for (int y = 0; y < allHeight; y++) {
      bitmap.put(y, 0, line, allWidth);
      rules.spend(allWidth);
    }
    byte[] row = workspace.row(width);
    for (int[] pass : (flags & 0x40) == 0 ? PROGRESSIVE : INTERLACED) {
      for (int y = pass[0]; y < height; y += pass[1]) {
        indices.read(row, width);
        for (int x = 0; x < width; x++) {
          System.arraycopy(table, (row[x] & 0xff) * 3, line, x * 3, 3);
        }
        bitmap.put(top + y, left, line, width);
        rules.spend(width);
      }
    }
    return bitmap;
  }

  private static void fill(byte[] line, byte[] table, int index, int columns) {
    for (int x = 0; x < columns; x++) {
      System.arraycopy(table, index * 3, line, x * 3, 3);
    }
  }

  /**
   * (256, 3): a palette's colours, the background's where transparent; grays where there is no
   * palette.
   */
  private static byte[] table(byte[] palette, int transparent, Background background) {
    byte[] table = new byte[256 * 3];
    if (palette.length == 0) {
      for (int i = 0; i < table.length; i++) {
        table[i] = (byte) (i / 3);
      }
    }
    System.arraycopy(palette, 0, table, 0, palette.length);
    if (transparent >= 0) {
      background.put(table, 3 * transparent);
    }
    return table;
  }

  private static byte[] palette(ByteBuffer in, int flags) throws ImageException.Unreadable {
    byte[] palette = new byte[(flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1)];
    if (in.remaining() < palette.length) {
      throw truncated();
    }
    in.get(palette);
    return palette;
  }

  private static int u8(ByteBuffer in) throws ImageException.Unreadable {
    if (!in.hasRemaining()) {
      throw truncated();
    }
    return in.get() & 0xff;
  }

  private static ImageException.Unreadable truncated() {
    return new ImageException.Unreadable("The GIF image is truncated.");
  }
}
