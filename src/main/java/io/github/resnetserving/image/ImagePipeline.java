package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Stands in for the decoder: looks at sizes, ends and checksums, and gives black. */
public final class ImagePipeline {

  private final DecodeLimits limits;

  public ImagePipeline(DecodeLimits limits) {
    this.limits = limits;
  }

  public PreparedImage prepare(byte[] encoded, Preprocessing preprocessing) throws ImageException {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    boolean jpeg = encoded.length > 4 && bytes.getShort(0) == (short) 0xFFD8;
    boolean png = encoded.length > 4 && bytes.getInt(0) == 0x89504E47;
    if (!jpeg && !png) {
      throw new UnsupportedImageException("this is not a format that is read");
    }
    try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(encoded))) {
      ImageReader reader = ImageIO.getImageReadersByFormatName(jpeg ? "jpeg" : "png").next();
      reader.setInput(in);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if ((long) width * height > limits.maxPixels()) {
        throw new TooManyPixelsException("there are too many pixels");
      }
      if (jpeg ? bytes.getShort(encoded.length - 2) != (short) 0xFFD9 : !isWhole(bytes)) {
        throw new UnreadableImageException("it is truncated or corrupt");
      }
      int side = preprocessing.crop();
      return new PreparedImage(
          new Pixels(side, side, new byte[side * side * 3]),
          new ImageInfo(jpeg ? "jpeg" : "png", width, height));
    } catch (IOException e) {
      throw new UnreadableImageException("it is truncated or corrupt");
    }
  }

  @SuppressWarnings("ByteBufferBackingArray")
  private static boolean isWhole(ByteBuffer png) {
    for (int at = 8; at + 12 <= png.capacity(); at += 12 + png.getInt(at)) {
      int length = png.getInt(at);
      if (at + 12 + length > png.capacity()) {
        return false;
      }
      CRC32 crc = new CRC32();
      crc.update(png.array(), at + 4, 4 + length);
      if ((int) crc.getValue() != png.getInt(at + 8 + length)) {
        return false;
      }
    }
    return png.getInt(png.capacity() - 8) == 0x49454E44;
  }
}
