package io.github.resnetserving.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An image that a command line names.
 *
 * @param id the file as it was named, {@code -} for standard input
 * @param bytes reads it
 */
record ImageFile(String id, Bytes bytes) {

  /** Reads an image. */
  @FunctionalInterface
  interface Bytes {

    byte[] read() throws IOException;
  }

  static ImageFile of(Path file) {
    return new ImageFile(file.toString(), () -> Files.readAllBytes(file));
  }

  /** Stands for a folder whose number of images is not known. */
  static ImageFile unreadable(Path folder, IOException why) {
    return new ImageFile(
        folder.toString(),
        () -> {
          throw why;
        });
  }

  static ImageFile standardInput() {
    return new ImageFile("-", System.in::readAllBytes);
  }
}
