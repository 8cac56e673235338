package io.github.resnetserving.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageReader;

/** TIFF and BMP through an ImageIO reader. Thread-safe: a reader is made for each image. */
final class ImageIoDecoder implements Decoder {

  private final ImageReaders readers;
  private final FileCheck check;

  ImageIoDecoder(ImageReaders readers, FileCheck check) {
    this.readers = readers;
    this.check = check;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, Workspace workspace)
      throws ImageException {
    byte[] checked = check.checked(encoded, rules);
    try {
      ImageReader reader = readers.open(checked);
      try {
        rules.admit(reader.getWidth(0), reader.getHeight(0));
        BufferedImage image = reader.read(0);
        rules.spend((long) image.getWidth() * image.getHeight());
        // A TIFF is laid out as EXIF is, and its tag has the same number; a BMP has none.
        Orientation orientation = Exif.orientation(encoded, 0, encoded.length);
        return new Decoded(BufferedImages.toRgb(image, rules.background(), workspace), orientation);
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new UnreadableImageException(
          "The %s image is truncated or corrupt.".formatted(readers.name()), e);
    }
  }
}
