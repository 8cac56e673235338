package io.github.resnetserving.image;

import java.util.Optional;

/** Which decoder reads which format. Thread-safe. */
final class Decoders {

  private final Decoder jpeg;
  private final String jpegDecoder;
  private final Decoder png = new PngDecoder();
  private final Decoder gif = new GifDecoder();
  private final Decoder bmp = new ImageIoDecoder(ImageReaders.BMP);
  private final Decoder webp = new ImageIoDecoder(ImageReaders.WEBP);
  private final Decoder tiff = new ImageIoDecoder(ImageReaders.TIFF);

  /** With {@code turbo} where there is one, else with what the JDK brings. */
  Decoders(Optional<TurboJpeg> turbo) {
    jpeg = turbo.<Decoder>map(TurboJpegDecoder::new).orElseGet(ImageIoJpegDecoder::new);
    jpegDecoder = turbo.isPresent() ? "libjpeg-turbo" : "imageio";
  }

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
    return jpegDecoder;
  }
}
