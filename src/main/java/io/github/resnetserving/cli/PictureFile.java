package io.github.resnetserving.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A picture that a command line names.
 *
 * @param id the file as it was named, {@code -} for standard input
 * @param bytes reads it
 */
record PictureFile(String id, Bytes bytes) {

  /** Reads a picture. */
  @FunctionalInterface
  interface Bytes {

    byte[] read() throws IOException;
  }

  static PictureFile of(Path file) {
    return new PictureFile(file.toString(), () -> Files.readAllBytes(file));
  }

  /** Stands for a folder whose pictures nobody can know. */
  static PictureFile unreadable(Path folder, IOException why) {
    return new PictureFile(
        folder.toString(),
        () -> {
          throw why;
        });
  }

  static PictureFile standardInput() {
    return new PictureFile("-", System.in::readAllBytes);
  }
}
