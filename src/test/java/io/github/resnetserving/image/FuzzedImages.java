package io.github.resnetserving.image;

import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.model.Interpolation;
import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.model.Preprocessing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** What the fuzz targets of the image formats share: the whole way from bytes to a crop. */
final class FuzzedImages {

  /** Enough for every branch of a decoder, and little to compute. */
  private static final int MAX_PIXELS = 64 * 64;

  private static final DecodePolicy POLICY = new DecodePolicy(MAX_PIXELS, Background.WHITE);
  private static final Preprocessing TINY =
      new Preprocessing(8, Interpolation.BILINEAR, 8, Normalization.IMAGENET);
  private static final ImagePipeline FASTEST = new ImagePipeline(POLICY);
  private static final ImagePipeline PORTABLE = new ImagePipeline(POLICY, Decoders.portable());

  private FuzzedImages() {}

  /** Takes the way of a service on a machine with the native decoders. */
  static void prepare(byte[] encoded) {
    prepare(FASTEST, encoded);
  }

  /** Takes the way of a service on a machine without native decoders. */
  static void preparePortably(byte[] encoded) {
    prepare(PORTABLE, encoded);
  }

  private static void prepare(ImagePipeline pipeline, byte[] encoded) {
    CostOracle.IMAGES.check(
        encoded,
        Math.max(encoded.length, MAX_PIXELS),
        ImageException.class,
        () -> pipeline.prepare(encoded, TINY));
  }

  /** Returns the images of the tests whose names end so. */
  static List<byte[]> seeds(String extension) {
    try {
      return Fixtures.pictures().stream()
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
