package io.github.resnetserving.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/** BMP through the JDK's reader. Thread-safe: a reader is made for each image. */
final class BmpDecoder implements Decoder {

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    Set<ImageNote> notes = EnumSet.noneOf(ImageNote.class);
    byte[] checked = BmpCheck.checked(encoded, rules, notes);
    try {
      BufferedImage image = ImageReaders.BMP.image(checked, rules);
      return new Decoded(
          BufferedImages.toRgb(image, Alpha.STRAIGHT, rules.background(), workspace),
          Orientation.UPRIGHT,
          ImageNote.setOf(notes));
    } catch (IOException e) {
      throw new UnreadableImageException("The BMP image is truncated or corrupt.", e);
    }
  }
}
