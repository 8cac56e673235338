package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;
import java.awt.image.BufferedImage;
import java.io.IOException;
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
  public Decoded decode(byte[] encoded, DecodePolicy policy) throws ImageException {
    WebpFile file = WebpFile.parse(encoded);
    policy.admit(file.width(), file.height());
    Pixels still =
        library.isPresent()
            ? decode(library.get(), file, policy.background())
            : decodeInJava(file.still(), policy);
    Window place = file.place();
    if (still.width() != place.width() || still.height() != place.height()) {
      throw new UnreadableImageException("The WEBP image's headers contradict each other.");
    }
    if (place.width() == file.width() && place.height() == file.height()) {
      return new Decoded(still, file.orientation());
    }
    // What the first frame leaves free of the canvas is transparent.
    byte[] rgb = new byte[file.width() * file.height() * 3];
    policy.background().fill(rgb);
    int stride = place.width() * 3;
    for (int y = 0; y < place.height(); y++) {
      int to = ((place.top() + y) * file.width() + place.left()) * 3;
      System.arraycopy(still.rgb(), y * stride, rgb, to, stride);
    }
    return new Decoded(new Pixels(file.height(), file.width(), rgb), file.orientation());
  }

  private static Pixels decode(LibWebp library, WebpFile file, Background background)
      throws UnreadableImageException {
    int width = file.place().width();
    int height = file.place().height();
    byte[] rgba = library.decode(file.still(), width, height);
    byte[] rgb = new byte[width * height * 3];
    for (int in = 0, out = 0; out < rgb.length; in += 4, out += 3) {
      int alpha = rgba[in + 3] & 0xff;
      background.over(rgba[in] & 0xff, rgba[in + 1] & 0xff, rgba[in + 2] & 0xff, alpha, rgb, out);
    }
    return new Pixels(height, width, rgb);
  }

  private static Pixels decodeInJava(byte[] still, DecodePolicy policy) throws ImageException {
    try {
      ImageReader reader = ImageReaders.WEBP.open(still);
      try {
        policy.admit(reader.getWidth(0), reader.getHeight(0));
        BufferedImage image = reader.read(0);
        return BufferedImages.toRgb(image, policy.background());
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new UnreadableImageException("The WEBP image is truncated or corrupt.", e);
    }
  }
}
