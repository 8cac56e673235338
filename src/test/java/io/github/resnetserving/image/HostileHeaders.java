package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** BMP and TIFF files, whole ones and such whose headers claim what is not there. */
final class HostileHeaders {

  private HostileHeaders() {}

  /** A gray TIFF of 8 x 8 pixels in one strip, with room behind it. */
  static final class Tiff {

    private static final int DATA = 8;
    static final int DIRECTORY = 8 + 64;

    private final ByteBuffer file;
    private final List<long[]> entries = new ArrayList<>();
    private long next;

    Tiff(int length) {
      file = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
      file.putInt(0x002a4949).putInt(DIRECTORY);
      with(256, 3, 1, 8).with(257, 3, 1, 8).with(258, 3, 1, 8).with(259, 3, 1, 1);
      with(262, 3, 1, 1).with(273, 4, 1, DATA).with(277, 3, 1, 1).with(278, 3, 1, 8);
      with(279, 4, 1, 64);
    }

    /** Sets a tag, or adds it. */
    Tiff with(int tag, int type, long count, long value) {
      entries.removeIf(entry -> entry[0] == tag);
      return and(tag, type, count, value);
    }

    /** Adds a tag, which may be there already. */
    Tiff and(int tag, int type, long count, long value) {
      entries.add(new long[] {tag, type, count, value});
      return this;
    }

    Tiff without(int tag) {
      entries.removeIf(entry -> entry[0] == tag);
      return this;
    }

    Tiff next(long offset) {
      next = offset;
      return this;
    }

    Tiff at(int offset, Consumer<ByteBuffer> writing) {
      writing.accept(file.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(offset));
      return this;
    }

    byte[] bytes() {
      file.position(DIRECTORY).putShort((short) entries.size());
      for (long[] entry : entries) {
        file.putShort((short) entry[0]).putShort((short) entry[1]).putInt((int) entry[2]);
        file.putInt((int) entry[3]);
      }
      file.putInt((int) next);
      return file.array();
    }
  }

  /** TIFFs that claim too much, each with the exception that says so. */
  @SuppressWarnings("UndefinedEquals") // each file is its own key
  static Map<byte[], Class<? extends ImageException>> tiffs() {
    Map<byte[], Class<? extends ImageException>> all = new LinkedHashMap<>();
    int free = 1_000;
    all.put(aliases(1_000_000, 2_000, 1, 900_000), ImageException.TooCostly.class);
    all.put(aliases(100_000, 200, 2, 90_000), ImageException.TooCostly.class);
    all.put(aliases(100_000, 2_000, 5, 8_000), ImageException.TooCostly.class);
    all.put(aliases(1_000_000, 60_000, 7, 100), ImageException.TooCostly.class);
    all.put(aliases(100_000, 2_000, 16, 8_000), ImageException.TooCostly.class);
    for (int type : new int[] {1, 2, 3, 4, 5, 7, 12, 16, 17, 18}) {
      all.put(
          new Tiff(2_000).with(40_000, type, 0x7fff_ffffL, free).bytes(),
          ImageException.Unreadable.class);
      all.put(
          new Tiff(2_000).with(40_000, type, 0xffff_ffffL, free).bytes(),
          ImageException.Unreadable.class);
      all.put(
          new Tiff(2_000).with(40_000, type, 100, 1_999).bytes(), ImageException.Unreadable.class);
    }
    all.put(
        new Tiff(2_000).with(256, 4, 1, 0xffff_ffffL).bytes(), ImageException.TooManyPixels.class);
    all.put(new Tiff(2_000).with(257, 4, 1, 1 << 30).bytes(), ImageException.TooManyPixels.class);
    all.put(new Tiff(2_000).without(257).bytes(), ImageException.Unreadable.class);
    all.put(new Tiff(2_000).with(258, 3, 1, 64).bytes(), ImageException.Unsupported.class);
    all.put(new Tiff(2_000).with(258, 3, 1, 32).bytes(), ImageException.Unsupported.class);
    all.put(new Tiff(2_000).with(258, 3, 1, 65_535).bytes(), ImageException.Unsupported.class);
    all.put(new Tiff(2_000).with(339, 3, 1, 3).bytes(), ImageException.Unsupported.class);
    all.put(new Tiff(2_000).with(277, 3, 1, 0).bytes(), ImageException.Unsupported.class);
    all.put(new Tiff(2_000).with(277, 3, 1, 7).bytes(), ImageException.Unsupported.class);
    all.put(new Tiff(2_000).with(277, 3, 1, 65_535).bytes(), ImageException.Unsupported.class);
    for (int compression : new int[] {0, 6, 9, 34_661, 34_712, 34_925, 50_000, 50_001, 65_000}) {
      all.put(
          new Tiff(2_000).with(259, 3, 1, compression).bytes(), ImageException.Unsupported.class);
    }
    all.put(
        new Tiff(2_000).with(259, 3, 1, 5).with(279, 4, 1, 0x7fff_ffff).bytes(),
        ImageException.Unreadable.class);
    all.put(new Tiff(2_000).with(273, 4, 1, 1_999).bytes(), ImageException.Unreadable.class);
    all.put(new Tiff(2_000).with(273, 4, 1, 0xffff_fff0L).bytes(), ImageException.Unreadable.class);
    all.put(new Tiff(2_000).without(273).bytes(), ImageException.Unreadable.class);
    all.put(new Tiff(2_000).with(278, 3, 1, 0).bytes(), ImageException.Unreadable.class);
    all.put(strips(100_000, 100, 50_000), ImageException.TooCostly.class);
    all.put(tiles(60_000, 60_000), ImageException.TooManyPixels.class);
    all.put(tiles(5_000, 5_000), ImageException.TooCostly.class);
    all.put(tiles(16, 1_000_000), ImageException.TooCostly.class);
    all.put(tiles(0, 16), ImageException.Unreadable.class);
    all.put(jpegStrip(65_500, 65_500), ImageException.TooManyPixels.class);
    all.put(jpegStrip(6_000, 6_000), ImageException.TooCostly.class);
    return all;
  }

  /** TIFFs whose first image is whole, whatever else they claim: they are answered. */
  static List<byte[]> pardonableTiffs() {
    return List.of(
        overlapping(100_000),
        pages(3),
        pages(10_001),
        loop(1),
        loop(3),
        loop(1_000),
        new Tiff(2_000).next(Tiff.DIRECTORY).bytes(),
        new Tiff(2_000).next(1_999).bytes(), // a second page that is cut off
        new Tiff(2_000).next(0x7fff_ffff).bytes(),
        new Tiff(2_000).with(330, 4, 1, 1_000).at(1_000, HostileHeaders::ownSuccessor).bytes(),
        new Tiff(2_000).with(34_665, 4, 1, 1_000).at(1_000, HostileHeaders::ownSuccessor).bytes(),
        new Tiff(2_000).with(279, 4, 1, 0x7fff_ffff).bytes(),
        new Tiff(2_000).with(279, 4, 1, 0xffff_ffffL).bytes(),
        new Tiff(2_000).with(279, 3, 1, 65_535).bytes(),
        new Tiff(2_000)
            .with(258, 3, 2, 8 | 8 << 16)
            .bytes(), // depths of samples that are not there
        new Tiff(2_000).with(258, 3, 3, 1_000).at(1_000, HostileHeaders::eights).bytes(),
        new Tiff(2_000).with(258, 3, 4, 1_000).at(1_000, HostileHeaders::eights).bytes(),
        new Tiff(2_000).with(262, 3, 1, 2).with(277, 3, 1, 3).bytes(), // one depth for three
        new Tiff(2_000).with(277, 3, 1, 2).with(338, 3, 1, 0).bytes()); // and for two
  }

  private static void ownSuccessor(ByteBuffer out) {
    out.putShort((short) 0).putInt(1_000);
  }

  private static void eights(ByteBuffer out) {
    for (int i = 0; i < 4; i++) {
      out.putShort((short) 8);
    }
  }

  /** Tags that all have the same values. */
  private static byte[] aliases(int length, int tags, int type, int count) {
    Tiff tiff = new Tiff(length);
    for (int i = 0; i < tags; i++) {
      tiff.and(30_000, type, count, 100);
    }
    return tiff.bytes();
  }

  /** EXIF directories of many entries each, one beginning two bytes behind the other. */
  private static byte[] overlapping(int length) {
    int directories = 1_000;
    return new Tiff(length)
        .with(330, 4, directories, 1_000)
        .at(
            1_000,
            out -> {
              for (int i = 0; i < directories; i++) {
                out.putInt(6_000 + 2 * i);
              }
            })
        .at(
            6_000,
            out -> {
              for (int i = 0; i < 2_002; i++) {
                out.put((byte) 0x03);
              }
            })
        .bytes();
  }

  private static byte[] pages(int count) {
    return new Tiff(2_000 + 6 * count)
        .next(1_000)
        .at(
            1_000,
            out -> {
              for (int i = 1; i <= count; i++) {
                out.putShort((short) 0).putInt(i == count ? 0 : 1_000 + 6 * i);
              }
            })
        .bytes();
  }

  /** So many directories in a ring. */
  private static byte[] loop(int count) {
    return new Tiff(2_000 + 6 * count)
        .next(1_000)
        .at(
            1_000,
            out -> {
              for (int i = 1; i <= count; i++) {
                out.putShort((short) 0).putInt(i == count ? 1_000 : 1_000 + 6 * i);
              }
            })
        .bytes();
  }

  /** Strips that are all the same bytes. */
  private static byte[] strips(int length, int count, int each) {
    return new Tiff(length)
        .with(278, 3, 1, 1)
        .with(273, 4, count, 1_000)
        .with(279, 4, count, 3_000)
        .at(
            1_000,
            out -> {
              for (int i = 0; i < count; i++) {
                out.putInt(8);
              }
            })
        .at(
            3_000,
            out -> {
              for (int i = 0; i < count; i++) {
                out.putInt(each);
              }
            })
        .bytes();
  }

  private static byte[] tiles(int width, int height) {
    return new Tiff(2_000)
        .without(273)
        .without(278)
        .without(279)
        .with(322, 4, 1, width)
        .with(323, 4, 1, height)
        .with(324, 4, 1, 8)
        .with(325, 4, 1, 64)
        .bytes();
  }

  /** A strip that is a JPEG of another size, which does have its least number of bytes. */
  private static byte[] jpegStrip(int width, int height) {
    byte[] jpeg = HostileImages.baseline(width, height, new byte[0]);
    return new Tiff(2_000 + jpeg.length)
        .with(259, 3, 1, 7)
        .with(273, 4, 1, 2_000)
        .with(279, 4, 1, jpeg.length)
        .at(2_000, out -> out.put(jpeg))
        .bytes();
  }

  /** A BMP of 8 x 8 pixels whose header has so many bytes, with fields set afterwards. */
  static byte[] bmp(int header, int depth, int compression, Consumer<ByteBuffer> setting) {
    int palette = depth <= 8 ? (1 << depth) * (header == 12 ? 3 : 4) : compression == 3 ? 12 : 0;
    int offset = 14 + header + palette;
    int row = (8 * depth + 31) / 32 * 4;
    ByteBuffer out = ByteBuffer.allocate(offset + 8 * row).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'B').put((byte) 'M').putInt(out.limit()).putInt(0).putInt(offset).putInt(header);
    if (header == 12) {
      out.putShort((short) 8).putShort((short) 8).putShort((short) 1).putShort((short) depth);
    } else {
      out.putInt(8).putInt(8).putShort((short) 1).putShort((short) depth).putInt(compression);
      if (compression == 3) {
        out.putInt(54, 0xff0000).putInt(58, 0xff00).putInt(62, 0xff);
      }
    }
    setting.accept(out);
    return out.array();
  }

  /** BMPs that claim what is not there or not read, each with the exception that says so. */
  @SuppressWarnings("UndefinedEquals") // each file is its own key
  static Map<byte[], Class<? extends ImageException>> bmps() {
    Map<byte[], Class<? extends ImageException>> all = new LinkedHashMap<>();
    for (int compression : new int[] {4, 5, 6, 7, 11, 0x7fff_ffff, -1}) {
      for (int header : new int[] {40, 56, 108, 124}) {
        all.put(bmp(header, 24, compression, out -> {}), ImageException.Unsupported.class);
      }
    }
    all.put(bmp(40, 0, 5, out -> {}), ImageException.Unsupported.class);
    all.put(bmp(40, 24, 1, out -> {}), ImageException.Unsupported.class);
    all.put(bmp(40, 8, 2, out -> {}), ImageException.Unsupported.class);
    all.put(bmp(40, 24, 0, out -> out.putShort(28, (short) 48)), ImageException.Unsupported.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(14, 63)), ImageException.Unsupported.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(14, 41)), ImageException.Unsupported.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(14, -1)), ImageException.Unsupported.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(14, 64)), ImageException.Unreadable.class);
    all.put(bmp(64, 24, 3, out -> {}), ImageException.Unsupported.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(14, 1 << 30)), ImageException.Unreadable.class);
    all.put(
        bmp(40, 24, 0, out -> out.putInt(18, 0x7fff_ffff).putInt(22, 0x7fff_ffff)),
        ImageException.TooManyPixels.class);
    all.put(
        bmp(40, 24, 0, out -> out.putInt(22, Integer.MIN_VALUE)),
        ImageException.TooManyPixels.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(18, -8)), ImageException.Unreadable.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(22, 0)), ImageException.Unreadable.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(22, 9)), ImageException.Unreadable.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(22, -9)), ImageException.Unreadable.class);
    all.put(
        bmp(40, 24, 0, out -> out.putInt(18, 7_000).putInt(22, 7_000)),
        ImageException.Unreadable.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(10, 0x7fff_ffff)), ImageException.Unreadable.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(10, -1)), ImageException.Unreadable.class);
    all.put(bmp(40, 24, 0, out -> out.putInt(10, 53)), ImageException.Unreadable.class);
    return all;
  }

  /** BMPs whose sizes are wrong where other programs do not look: they are answered. */
  static List<byte[]> pardonableBmps() {
    List<byte[]> all = new ArrayList<>();
    for (int size : new int[] {0, 1, 54, 0x7fff_ffff, -1}) {
      all.add(bmp(40, 24, 0, out -> out.putInt(2, size)));
      all.add(bmp(40, 32, 0, out -> out.putInt(34, size)));
      all.add(bmp(40, 32, 3, out -> out.putInt(46, size)));
      all.add(bmp(124, 24, 0, out -> out.putInt(2, size).putInt(34, size)));
      all.add( // an embedded profile of that size, which lies nowhere
          bmp(124, 24, 0, out -> out.putInt(70, 0x4d424544).putInt(126, size).putInt(130, size)));
      all.add( // one that is linked
          bmp(124, 24, 0, out -> out.putInt(70, 0x4c494e4b).putInt(126, size).putInt(130, size)));
    }
    return all;
  }
}
