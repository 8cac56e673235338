package io.github.resnetserving.image;

/** Which decoder reads which format. Thread-safe. */
final class Decoders {

  private final Decoder jpeg = new ImageIoJpegDecoder();
  private final Decoder png = new ImageIoDecoder(ImageReaders.PNG);
  private final Decoder gif = new ImageIoDecoder(ImageReaders.GIF);
  private final Decoder bmp = new ImageIoDecoder(ImageReaders.BMP);
  private final Decoder webp = new ImageIoDecoder(ImageReaders.WEBP);
  private final Decoder tiff = new ImageIoDecoder(ImageReaders.TIFF);

  Decoder of(ImageFormat format) {
    return switch (format) {
      case JPEG -> jpeg;
      case PNG -> png;
      case GIF -> gif;
      case BMP -> bmp;
      case WEBP -> webp;
      case TIFF -> tiff;
    };
  }

  String jpegDecoder() {
    return "imageio";
  }
}
