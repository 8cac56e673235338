package io.github.resnetserving.training;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/**
 * Where the files below a folder, or in a tar, lie. Their content is read when it is wanted, by any
 * thread. A gzipped tar, which cannot be read from the middle, is unpacked to a temporary file that
 * {@link #close} removes.
 */
final class FileTree implements AutoCloseable {

  private static final byte[] GZIP_MAGIC = {0x1f, (byte) 0x8b};

  /**
   * A file, or a part of one.
   *
   * @param name path below the folder or in the tar, with slashes
   * @param file what it lies in
   * @param offset of its first byte
   * @param length bytes
   */
  record Entry(String name, Path file, long offset, long length) {

    byte[] read() throws IOException {
      byte[] bytes = new byte[Math.toIntExact(length)];
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      try (FileChannel channel = FileChannel.open(file)) {
        while (buffer.hasRemaining()) {
          if (channel.read(buffer, offset + buffer.position()) < 0) {
            throw new EOFException(
                "%s ends at byte %d of %d: it is truncated, or was changed meanwhile"
                    .formatted(name, buffer.position(), length));
          }
        }
      }
      return bytes;
    }

    Entry part(String partName, long from, long count) {
      return new Entry(partName, file, offset + from, count);
    }
  }

  private final List<Entry> entries;
  private final List<String> emptyFolders;
  private final @Nullable Path temporary;

  private FileTree(List<Entry> entries, List<String> emptyFolders, @Nullable Path temporary) {
    this.entries = entries.stream().sorted(Comparator.comparing(Entry::name)).toList();
    this.emptyFolders = List.copyOf(emptyFolders);
    this.temporary = temporary;
  }

  /** No files. */
  static FileTree none() {
    return new FileTree(List.of(), List.of(), null);
  }

  /** Lists a folder or a tar, without its hidden files. */
  static FileTree open(Path source) throws IOException {
    if (Files.isDirectory(source)) {
      return folder(source);
    }
    if (!Files.isRegularFile(source)) {
      throw new IOException(
          "%s does not exist: give a folder or a tar with one folder a class, or a CSV of path,label"
              .formatted(source));
    }
    return isGzip(source) ? unpacked(source) : new FileTree(tar(source), List.of(), null);
  }

  private static FileTree folder(Path source) throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<String> empty = new ArrayList<>();
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(source, FileVisitOption.FOLLOW_LINKS)) {
      paths = walk.toList();
    }
    for (Path path : paths) {
      String name = source.relativize(path).toString().replace('\\', '/');
      if (isHidden(name)) {
        continue;
      }
      if (Files.isRegularFile(path)) {
        entries.add(new Entry(name, path, 0, Files.size(path)));
      } else if (Files.isDirectory(path) && isEmpty(path)) {
        empty.add(name);
      }
    }
    return new FileTree(entries, empty, null);
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.allMatch(path -> isHidden(String.valueOf(path.getFileName())));
    }
  }

  private static List<Entry> tar(Path file) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (TarFile tar = new TarFile(file)) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        String name = entry.getName().replaceFirst("^\\./", "");
        if (entry.isFile() && !isHidden(name)) {
          entries.add(new Entry(name, file, entry.getDataOffset(), entry.getSize()));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(
          "%s cannot be read as a tar (%s): give a folder, a tar, or a file that ends in .csv"
              .formatted(file, e.getMessage()),
          e);
    }
    return entries;
  }

  private static FileTree unpacked(Path source) throws IOException {
    Path temporary = Files.createTempFile("resnet-training", ".tar");
    boolean listed = false;
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(source)), 1 << 16)) {
      Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
      FileTree tree = new FileTree(tar(temporary), List.of(), temporary);
      listed = true;
      return tree;
    } finally {
      if (!listed) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  private static boolean isGzip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(2), GZIP_MAGIC);
    }
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".")
        || name.contains("/.")
        || name.startsWith("__MACOSX/")
        || name.matches("(?i)(.*/)?(thumbs\\.db|desktop\\.ini)");
  }

  /** The files in the order of their names. */
  List<Entry> entries() {
    return entries;
  }

  /** Folders without files. */
  List<String> emptyFolders() {
    return emptyFolders;
  }

  @Override
  public void close() throws IOException {
    if (temporary != null) {
      Files.deleteIfExists(temporary);
    }
  }
}
