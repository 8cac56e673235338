package io.github.resnetserving.image;

import io.github.resnetserving.image.Background.Alpha;
import io.github.resnetserving.image.Bitmap.Window;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * WebP through libwebp where the system has it, which gives Pillow's bits; else through
 * TwelveMonkeys' reader, whose lossless images are exact and whose lossy ones are off by 2 of 255
 * on average.
 */
final class WebpDecoder implements Decoder {

  /** Bytes for each pixel of RGBA and of libwebp's own copy, which has four as well. */
  private static final int LAYERED = 8;

  /** What libwebp keeps for each set of prefix codes of a lossless image: five tables and more. */
  private static final int CODES = 5_500;

  private static final int MOST_CODES =
      1 << 16; // sets in one image, which an index has 16 bits for
  private static final int CODES_BITS = 5 * 4; // of the shortest set in the file
  private static final int CODES_SIDE = 4; // of the smallest block of pixels with a set of its own

  private final Optional<LibWebp> library;

  WebpDecoder(Optional<LibWebp> library) {
    this.library = library;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    WebpFile file = WebpFile.parse(encoded, rules);
    rules.admit(file.width(), file.height());
    Window place = file.place();
    boolean whole = place.width() == file.width() && place.height() == file.height();
    long pixels = (long) file.width() * file.height();
    long samples = file.opaque() ? pixels * 3 : pixels * LAYERED + tableBytes(file);
    rules.reserve(file.still().length + samples + (whole ? 0 : pixels * 3));
    Bitmap still =
        library.isPresent()
            ? decode(library.get(), file, rules, workspace)
            : decodeInJava(file, rules, workspace);
    if (still.width() != place.width() || still.height() != place.height()) {
      throw new ImageException.Unreadable("The WEBP image's headers contradict each other.");
    }
    return new Decoded(
        whole ? still : onCanvas(still, file, rules, workspace), file.orientation(), Set.of());
  }

  /**
   * Bytes of prefix codes at most (RFC 9649, section 5.2.3), which are many times the file: how
   * many sets there are stands inside the compressed data.
   */
  private static long tableBytes(WebpFile file) {
    long blocks =
        (long) Math.ceilDiv(file.place().width(), CODES_SIDE)
            * Math.ceilDiv(file.place().height(), CODES_SIDE);
    long written = (long) file.still().length * Byte.SIZE / CODES_BITS;
    return CODES * Math.min(Math.min(blocks, written), MOST_CODES);
  }

  private static Bitmap decode(
      LibWebp library, WebpFile file, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    int width = file.place().width();
    int height = file.place().height();
    if (file.opaque()) {
      Bitmap bitmap = workspace.bitmap(height, width);
      library.decodeOpaque(workspace.file(file.still()), width, bitmap.rgb());
      return bitmap;
    }
    MemorySegment rgba = workspace.samples((long) width * height * 4);
    library.decode(workspace.file(file.still()), width, rgba);
    return Rgba.STRAIGHT.composite(rgba, height, width, rules, workspace);
  }

  /** What the first frame leaves free of the canvas is transparent. Few files are like this. */
  private static Bitmap onCanvas(
      Bitmap still, WebpFile file, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    Bitmap canvas = workspace.canvas(file.height(), file.width());
    int top = file.place().top();
    byte[] free = workspace.line(file.width());
    for (int y = 0; y < file.height(); y++) {
      rules.spend(file.width());
      rules.background().fill(free, file.width());
      if (y >= top && y < top + still.height()) {
        still.get(y - top, 0, still.width(), free, file.place().left() * 3);
      }
      canvas.put(y, 0, free, file.width());
    }
    return canvas;
  }

  private static Bitmap decodeInJava(WebpFile file, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    byte[] still = WebpStill.of(file.still(), file.place().width(), file.place().height(), rules);
    if (Vp8l.hasOpenTable(still)) {
      throw new ImageException.Unsupported(
          "The WEBP image has a table of colours and transparency, which is read with libwebp"
              + " alone, and this machine has no libwebp.");
    }
    BufferedImage image = readInJava(still, rules);
    Optional<byte[]> filled = Vp8l.filled(still);
    if (filled.isPresent() && !haveSamePixels(image, readInJava(filled.get(), rules))) {
      throw new ImageException.Unreadable("The WEBP image's data end too early.");
    }
    return BufferedImages.toRgb(image, Alpha.STRAIGHT, rules.background(), workspace);
  }

  private static BufferedImage readInJava(byte[] still, DecodeRules rules) throws ImageException {
    try {
      return ImageReaders.WEBP.image(still, rules);
    } catch (IOException e) {
      throw new ImageException.Unreadable("The WEBP image is truncated or corrupt.", e);
    }
  }

  static ImageException.Unreadable corrupt() {
    return new ImageException.Unreadable("The WEBP image is truncated or corrupt.");
  }

  private static boolean haveSamePixels(BufferedImage some, BufferedImage others) {
    int width = some.getWidth();
    int[] row = new int[width];
    int[] other = new int[width];
    for (int y = 0; y < some.getHeight(); y++) {
      some.getRGB(0, y, width, 1, row, 0, width);
      others.getRGB(0, y, width, 1, other, 0, width);
      if (!Arrays.equals(row, other)) {
        return false;
      }
    }
    return true;
  }
}
