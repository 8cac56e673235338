package io.github.resnetserving.image;

import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** What the fuzz targets of the image formats share: the whole way from bytes to a crop. */
final class FuzzedImages {

  /** Enough for every branch of a decoder, and little to compute. */
  private static final int MAX_PIXELS = 64 * 64;

  private static final int WEBP_CODES = 2 * 2 * 1_200; // bytes
  private static final long WEBP_MACROBLOCK = 128_000;

  private static final DecodePolicy POLICY = new DecodePolicy(MAX_PIXELS, Background.WHITE);
  private static final Preprocessing TINY =
      new Preprocessing(8, Interpolation.BILINEAR, 8, Normalization.IMAGENET);
  private static final ImagePipeline FASTEST = new ImagePipeline(POLICY);
  private static final ImagePipeline PORTABLE = new ImagePipeline(POLICY, Decoders.portable());

  private FuzzedImages() {}

  /** Takes the way of a service on a machine with the native decoders. */
  static void prepare(byte[] encoded) {
    prepare(FASTEST, encoded, CostOracle.IMAGES);
  }

  /** Takes the way of a service on a machine without native decoders. */
  static void preparePortably(byte[] encoded) {
    prepare(PORTABLE, encoded, CostOracle.IMAGES);
  }

  /** The same for WebP. */
  static void prepareWebpPortably(byte[] encoded) {
    prepare(PORTABLE, encoded, webpWithoutLibwebp(encoded));
  }

  /**
   * What a WebP may cost without libwebp. TwelveMonkeys' reader makes a table of 1 kB and some
   * objects for each code of lossless data, of which the shortest has four bits, and data are
   * decoded twice to see whether they end too early: that is {@link #WEBP_CODES} for each byte. Of
   * lossy images it keeps arrays and objects for each block of 16 by 16 pixels, {@link
   * #WEBP_MACROBLOCK}.
   */
  static CostOracle webpWithoutLibwebp(byte[] encoded) {
    return CostOracle.IMAGES.plusBytes(
        (long) WEBP_CODES * encoded.length + WEBP_MACROBLOCK * macroblocks(encoded));
  }

  private static long macroblocks(byte[] encoded) {
    if (!Ascii.at(encoded, 0, "RIFF") || !Ascii.at(encoded, 8, "WEBP")) {
      return 0;
    }
    try {
      DecodeRules rules =
          new DecodeRules(POLICY, encoded.length, Integer.MAX_VALUE, PreparationListener.NONE);
      WebpFile file = WebpFile.parse(encoded, rules);
      rules.admit(file.width(), file.height());
      Window place = file.place();
      return (long) Math.ceilDiv(place.width(), 16) * Math.ceilDiv(place.height(), 16);
    } catch (ImageException e) {
      return 0;
    }
  }

  private static void prepare(ImagePipeline pipeline, byte[] encoded, CostOracle oracle) {
    oracle.check(
        encoded,
        Math.max(encoded.length, MAX_PIXELS),
        ImageException.class,
        () -> pipeline.prepare(encoded, TINY));
  }

  /** Returns the images of the tests whose names end so. */
  static List<byte[]> seeds(String extension) {
    try {
      return Fixtures.images().stream()
          .filter(name -> name.endsWith(extension))
          .map(FuzzedImages::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(String name) {
    try {
      return Fixtures.read(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
