package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.resnetserving.model.Pixels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import javax.imageio.ImageReader;

/**
 * WebP through libwebp where the system has it, which gives Pillow's bits; else through
 * TwelveMonkeys' reader, whose lossless pictures are exact and whose lossy ones are off by 2 of 255
 * on average.
 */
final class WebpDecoder implements Decoder {

  private final Optional<LibWebp> library;

  WebpDecoder(Optional<LibWebp> library) {
    this.library = library;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules policy, Workspace workspace)
      throws ImageException {
    WebpFile file = WebpFile.parse(encoded);
    policy.admit(file.width(), file.height());
    Window place = file.place();
    Bitmap still =
        library.isPresent()
            ? decode(library.get(), file, policy.background(), workspace)
            : decodeInJava(file.still(), policy, workspace);
    if (still.width() != place.width() || still.height() != place.height()) {
      throw new UnreadableImageException("The WEBP image's headers contradict each other.");
    }
    return new Decoded(
        place.width() == file.width() && place.height() == file.height()
            ? still
            : onCanvas(still, file, policy.background()),
        file.orientation());
  }

  private static Bitmap decode(
      LibWebp library, WebpFile file, Background background, Workspace workspace)
      throws UnreadableImageException {
    int width = file.place().width();
    int height = file.place().height();
    if (file.opaque()) {
      Bitmap bitmap = workspace.bitmap(height, width);
      library.decodeOpaque(workspace.file(file.still()), width, bitmap.rgb());
      return bitmap;
    }
    MemorySegment rgba = workspace.samples((long) width * height * 4);
    library.decode(workspace.file(file.still()), width, rgba);
    // In place, row by row: no row without alpha reaches into one with it that is still to come.
    Bitmap bitmap = new Bitmap(height, width, rgba);
    byte[] row = workspace.row(width * 4); // (width, 4)
    byte[] line = workspace.line(width);
    for (int y = 0; y < height; y++) {
      MemorySegment.copy(rgba, JAVA_BYTE, 4L * y * width, row, 0, width * 4);
      for (int in = 0, out = 0; out < width * 3; in += 4, out += 3) {
        int alpha = row[in + 3] & 0xff;
        background.over(row[in] & 0xff, row[in + 1] & 0xff, row[in + 2] & 0xff, alpha, line, out);
      }
      bitmap.put(y, 0, line, width);
    }
    return bitmap;
  }

  /**
   * What the first frame leaves free of the canvas is transparent. Few files are like this, so the
   * canvas is an array of its own.
   */
  private static Bitmap onCanvas(Bitmap still, WebpFile file, Background background) {
    byte[] rgb = new byte[file.width() * file.height() * 3];
    background.fill(rgb);
    for (int y = 0; y < still.height(); y++) {
      int to = ((file.place().top() + y) * file.width() + file.place().left()) * 3;
      still.get(y, 0, still.width(), rgb, to);
    }
    return Bitmap.of(new Pixels(file.height(), file.width(), rgb));
  }

  private static Bitmap decodeInJava(byte[] still, DecodeRules policy, Workspace workspace)
      throws ImageException {
    try {
      ImageReader reader = ImageReaders.WEBP.open(still);
      try {
        policy.admit(reader.getWidth(0), reader.getHeight(0));
        BufferedImage image = reader.read(0);
        return BufferedImages.toRgb(image, policy.background(), workspace);
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new UnreadableImageException("The WEBP image is truncated or corrupt.", e);
    }
  }
}
