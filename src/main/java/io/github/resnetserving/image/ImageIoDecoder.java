package io.github.resnetserving.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageReader;

/** TIFF and BMP through an ImageIO reader. Thread-safe: a reader is made for each picture. */
final class ImageIoDecoder implements Decoder {

  private final ImageReaders readers;

  ImageIoDecoder(ImageReaders readers) {
    this.readers = readers;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules policy, Workspace workspace)
      throws ImageException {
    try {
      ImageReader reader = readers.open(encoded);
      try {
        policy.admit(reader.getWidth(0), reader.getHeight(0));
        // A small TIFF may claim huge tiles, each of which is allocated whole.
        policy.admit(reader.getTileWidth(0), reader.getTileHeight(0));
        BufferedImage image = reader.read(0);
        // A TIFF is laid out as EXIF is, and its tag has the same number; a BMP has none.
        Orientation orientation = Exif.orientation(encoded, 0, encoded.length);
        return new Decoded(
            BufferedImages.toRgb(image, policy.background(), workspace), orientation);
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new UnreadableImageException(
          "The %s image is truncated or corrupt.".formatted(readers.name()), e);
    }
  }
}
