package io.github.resnetserving.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AVIF, HEIC and JPEG XL on the way of a service that decodes without helper. A crash of a library
 * ends the campaign; a service of the default mode loses a helper for it.
 */
class RareFormatsFuzzTest {

  static List<byte[]> avifs() {
    return seeds(".avif");
  }

  static List<byte[]> heics() {
    return seeds(".heic");
  }

  static List<byte[]> jxls() {
    return seeds(".jxl");
  }

  private static List<byte[]> seeds(String extension) {
    return RareFixtures.images(extension).stream().map(RareFixtures::read).toList();
  }

  @MethodSource("avifs")
  @FuzzTest
  void avif(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  @MethodSource("heics")
  @FuzzTest
  void heic(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  @MethodSource("jxls")
  @FuzzTest
  void jxl(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  /** Any bytes, and what is checked before a library sees them. */
  @MethodSource("heics")
  @FuzzTest
  void withoutLibraries(byte[] encoded) {
    FuzzedImages.preparePortably(encoded);
  }
}
