package io.github.resnetserving.image;

import io.github.resnetserving.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The images in src/test/resources/images, which make.py there made. */
final class Fixtures {

  private static final Path FOLDER = Path.of("src/test/resources/images");

  private Fixtures() {}

  /** Names of the encoded images, sorted. */
  static List<String> images() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".*\\.(png|jpg|gif|bmp|webp|tif)"))
          .sorted()
          .toList();
    }
  }

  static byte[] read(String name) throws IOException {
    return Files.readAllBytes(FOLDER.resolve(name));
  }

  static Npy.Bytes array(String name) throws IOException {
    return Npy.bytes(FOLDER.resolve(name));
  }
}
