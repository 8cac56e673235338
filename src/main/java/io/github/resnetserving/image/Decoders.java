package io.github.resnetserving.image;

import java.util.Optional;

/** Which decoder reads which format. Thread-safe. */
final class Decoders {

  private final Decoder jpeg;
  private final boolean hasTurboJpeg;
  private final boolean hasLibWebp;
  private final Decoder png = new PngDecoder();
  private final Decoder gif = new GifDecoder();
  private final Decoder bmp = new ImageIoDecoder(ImageReaders.BMP, new BmpCheck());
  private final Decoder webp;
  private final Decoder tiff = new ImageIoDecoder(ImageReaders.TIFF, new TiffCheck());

  private Decoders(Optional<TurboJpeg> turbo, Optional<LibWebp> libWebp) {
    jpeg = turbo.<Decoder>map(TurboJpegDecoder::new).orElseGet(ImageIoJpegDecoder::new);
    hasTurboJpeg = turbo.isPresent();
    hasLibWebp = libWebp.isPresent();
    webp = new WebpDecoder(libWebp);
  }

  /** With those native libraries that the system has. */
  static Decoders fastest() {
    return new Decoders(TurboJpeg.find(), LibWebp.find());
  }

  /** With nothing but Java and what the JDK brings. */
  static Decoders portable() {
    return new Decoders(Optional.empty(), Optional.empty());
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

  /** Whether the format is decoded by foreign Java code, or by a library of the JDK. */
  boolean isRare(ImageFormat format) {
    return switch (format) {
      case PNG, GIF -> false;
      case JPEG -> !hasTurboJpeg;
      case WEBP -> !hasLibWebp;
      case BMP, TIFF -> true;
    };
  }

  String jpegDecoder() {
    return hasTurboJpeg ? "libjpeg-turbo" : "imageio";
  }
}
