package io.github.resnetserving.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageReader;

/** Any format through an ImageIO reader. Thread-safe: a reader is made for each picture. */
final class ImageIoDecoder implements Decoder {

  private final ImageReaders readers;

  ImageIoDecoder(ImageReaders readers) {
    this.readers = readers;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeLimits limits) throws ImageException {
    try {
      ImageReader reader = readers.open(encoded);
      try {
        limits.admit(reader.getWidth(0), reader.getHeight(0));
        BufferedImage image = reader.read(0);
        return new Decoded(BufferedImages.toRgb(image), Orientation.UPRIGHT);
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new UnreadableImageException(
          "The %s image is truncated or corrupt.".formatted(readers.name()), e);
    }
  }
}
