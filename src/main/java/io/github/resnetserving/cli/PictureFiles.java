package io.github.resnetserving.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pictures that words on a command line mean: files, everything below folders whose name ends
 * like a picture's, and standard input. Folders are read while they are walked, in the order that
 * the file system has, so that a million files need no more memory than one. Not thread-safe.
 */
final class PictureFiles implements Iterator<PictureFile>, AutoCloseable {

  static final String STANDARD_INPUT = "-";

  private static final Set<String> ENDINGS =
      Set.of("jpg", "jpeg", "png", "gif", "bmp", "webp", "tif", "tiff");

  /** An open folder and where its walk is. */
  private record Open(DirectoryStream<Path> folder, Iterator<Path> entries) {}

  private final Iterator<String> words;
  private final Deque<Open> folders = new ArrayDeque<>();
  private @Nullable PictureFile next;

  PictureFiles(List<String> words) {
    this.words = words.iterator();
  }

  /** Whether a word means more than one picture. */
  static boolean isFolder(String word) {
    return !word.equals(STANDARD_INPUT) && Files.isDirectory(Path.of(word));
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      next = advance();
    }
    return next != null;
  }

  @Override
  public PictureFile next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    PictureFile picture = next;
    next = null;
    return picture;
  }

  private @Nullable PictureFile advance() {
    try {
      while (true) {
        Open open = folders.peek();
        if (open == null) {
          if (!words.hasNext()) {
            return null;
          }
          String word = words.next();
          if (word.equals(STANDARD_INPUT)) {
            return PictureFile.standardInput();
          }
          if (!isFolder(word)) {
            return PictureFile.of(Path.of(word)); // whatever its name
          }
          enter(Path.of(word));
        } else if (open.entries().hasNext()) {
          Path entry = open.entries().next();
          if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) { // links may lead in circles
            enter(entry);
          } else if (isPicture(entry)) {
            return PictureFile.of(entry);
          }
        } else {
          folders.pop().folder().close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("StreamResourceLeak") // closed at its end, or with the walk
  private void enter(Path folder) throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(folder);
    folders.push(new Open(stream, stream.iterator()));
  }

  private static boolean isPicture(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0
        && !name.startsWith(".")
        && ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT))
        && Files.isRegularFile(file);
  }

  @Override
  public void close() throws IOException {
    while (!folders.isEmpty()) {
      folders.pop().folder().close();
    }
  }
}
