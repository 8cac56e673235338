package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;

/** Stands in for the decoder: the first byte tells what happens. */
public final class ImagePipeline {

  public PreparedImage prepare(byte[] encoded, Preprocessing preprocessing) throws ImageException {
    if (encoded[0] != (byte) 0xFF) {
      throw new UnsupportedImageException("this is not a format that is read");
    }
    int side = preprocessing.crop();
    return new PreparedImage(
        new Pixels(side, side, new byte[side * side * 3]), new ImageInfo("jpeg", 500, 375));
  }
}
