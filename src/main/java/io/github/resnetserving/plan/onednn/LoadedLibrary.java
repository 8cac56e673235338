package io.github.resnetserving.plan.onednn;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A shared library that is loaded into this process.
 *
 * @param base where its first byte lies in memory
 */
record LoadedLibrary(Path file, long base) {

  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  /**
   * Looks among what Linux has mapped into the process.
   *
   * @param name of the file
   */
  static Optional<LoadedLibrary> find(String name) throws IOException {
    return Files.readString(MAPPINGS, StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.split("\\s+", 6))
        .filter(fields -> fields.length == 6 && fields[5].endsWith("/" + name))
        .filter(fields -> Long.parseLong(fields[2], 16) == 0)
        .findFirst()
        .map(fields ->
            new LoadedLibrary(
                Path.of(fields[5]),
                Long.parseUnsignedLong(fields[0].substring(0, fields[0].indexOf('-')), 16)));
  }
}
