package io.github.resnetserving.image;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The AVIF, HEIC and JPEG XL images in src/test/resources/images/rare, which make.py there made.
 */
final class RareFixtures {

  private static final Path FOLDER = Path.of("src/test/resources/images/rare");

  private RareFixtures() {}

  /** Names of the encoded images with one of these extensions, sorted. */
  static List<String> images(String... extensions) {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> Stream.of(extensions).anyMatch(name::endsWith))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] read(String name) {
    try {
      return Files.readAllBytes(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Skips a test of an image whose library this machine does not have. */
  static void assumeLibraryFor(String name) {
    if (name.endsWith(".avif")) {
      assumeTrue(LibAvif.find().isPresent(), "no libavif on this machine");
    } else if (name.endsWith(".heic")) {
      assumeTrue(LibHeif.find().filter(LibHeif::hasHevc).isPresent(), "no libheif on this machine");
    } else if (name.endsWith(".jxl")) {
      assumeTrue(LibJxl.find().isPresent(), "no libjxl on this machine");
    }
  }
}
