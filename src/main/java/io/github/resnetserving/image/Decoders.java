package io.github.resnetserving.image;

import java.util.Optional;

/** Which decoder reads which format. Thread-safe. */
final class Decoders {

  private final Decoder jpeg;
  private final boolean hasTurboJpeg;
  private final boolean hasLibWebp;
  private final Decoder png = new PngDecoder();
  private final Decoder gif = new GifDecoder();
  private final Decoder bmp = new BmpDecoder();
  private final Decoder webp;
  private final Decoder tiff = new TiffDecoder();
  private final Decoder avif;
  private final Decoder heic;
  private final Decoder jxl;

  private Decoders(
      Optional<TurboJpeg> turbo,
      Optional<LibWebp> libWebp,
      OnDemand<LibAvif> libAvif,
      OnDemand<LibHeif> libHeif,
      OnDemand<LibJxl> libJxl) {
    jpeg = turbo.<Decoder>map(TurboJpegDecoder::new).orElseGet(ImageIoJpegDecoder::new);
    hasTurboJpeg = turbo.isPresent();
    hasLibWebp = libWebp.isPresent();
    webp = new WebpDecoder(libWebp);
    avif = new AvifDecoder(libAvif);
    heic = new HeicDecoder(libHeif);
    jxl = new JxlDecoder(libJxl);
  }

  /** With those native libraries that the system has. */
  static Decoders fastest() {
    return new Decoders(
        TurboJpeg.find(),
        LibWebp.find(),
        new OnDemand<>(LibAvif::find),
        new OnDemand<>(LibHeif::find),
        new OnDemand<>(LibJxl::find));
  }

  /** With nothing but Java and what the JDK brings. */
  static Decoders portable() {
    return new Decoders(
        Optional.empty(),
        Optional.empty(),
        OnDemand.nothing(),
        OnDemand.nothing(),
        OnDemand.nothing());
  }

  Decoder of(ImageFormat format) {
    return switch (format) {
      case JPEG -> jpeg;
      case PNG -> png;
      case GIF -> gif;
      case BMP -> bmp;
      case WEBP -> webp;
      case TIFF -> tiff;
      case AVIF -> avif;
      case HEIC -> heic;
      case JXL -> jxl;
    };
  }

  /**
   * Whether an image is decoded by foreign Java code, by a library of the JDK, by a native library
   * that few clients need, or by one that a small file can keep busy for seconds.
   */
  boolean isRare(ImageFormat format, byte[] encoded) {
    return switch (format) {
      case PNG, GIF -> false;
      case JPEG -> !hasTurboJpeg;
      case WEBP -> !hasLibWebp || !WebpFile.isQuick(encoded);
      case BMP, TIFF, AVIF, HEIC, JXL -> true;
    };
  }

  String jpegDecoder() {
    return hasTurboJpeg ? "libjpeg-turbo" : "imageio";
  }
}
