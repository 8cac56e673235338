package io.github.resnetserving.training;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** The files below a folder, or in a tar, with their paths. */
final class FileTree {

  private static final int GZIP_MAGIC = 0x1f8b;

  private FileTree() {}

  /** Shows each file's path, with slashes, and its content; hidden files are left out. */
  static void visit(Path source, BiConsumer<String, byte[]> visitor) throws IOException {
    visit(source, name -> true, visitor);
  }

  /** Shows the wanted files only; the others are not read. */
  static void visit(Path source, Predicate<String> wanted, BiConsumer<String, byte[]> visitor)
      throws IOException {
    if (Files.isDirectory(source)) {
      visitFolder(source, wanted, visitor);
    } else if (Files.isRegularFile(source)) {
      visitTar(source, wanted, visitor);
    } else {
      throw new IOException(
          "%s does not exist: give a folder or a tar with one folder a class".formatted(source));
    }
  }

  private static void visitFolder(
      Path source, Predicate<String> wanted, BiConsumer<String, byte[]> visitor)
      throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(source)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      String name = source.relativize(file).toString().replace('\\', '/');
      if (!hidden(name) && wanted.test(name)) {
        visitor.accept(name, Files.readAllBytes(file));
      }
    }
  }

  private static void visitTar(
      Path source, Predicate<String> wanted, BiConsumer<String, byte[]> visitor)
      throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(source), 1 << 20);
        TarArchiveInputStream tar = new TarArchiveInputStream(unzipped(in))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String name = entry.getName().replaceFirst("^\\./", "");
        if (entry.isFile() && !hidden(name) && wanted.test(name)) {
          visitor.accept(name, tar.readAllBytes());
        }
      }
    }
  }

  private static InputStream unzipped(InputStream in) throws IOException {
    in.mark(2);
    int magic = in.read() << 8 | in.read();
    in.reset();
    return magic == GZIP_MAGIC ? new GZIPInputStream(in, 1 << 16) : in;
  }

  private static boolean hidden(String name) {
    return name.startsWith(".") || name.contains("/.");
  }
}
