package io.github.resnetserving.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pictures that words on a command line mean: files, everything below folders whose name ends
 * like a picture's, and standard input. A folder's entries come in the order of their names, so
 * that two runs, on whatever file systems, give the same rows; their names are all that is held,
 * and those of the folders above: some 80 MB for a million. Not thread-safe.
 */
final class PictureFiles implements Iterator<PictureFile> {

  static final String STANDARD_INPUT = "-";

  private static final Set<String> ENDINGS =
      Set.of("jpg", "jpeg", "png", "gif", "bmp", "webp", "tif", "tiff");

  /**
   * A folder and where its walk is.
   *
   * @param names paths, since a name need not be text
   */
  private record Open(Path folder, Iterator<Path> names) {}

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
        Path file = Path.of(word);
        PictureFile picture = Files.isDirectory(file) ? enter(file) : PictureFile.of(file);
        if (picture != null) {
          return picture; // whatever its name
        }
      } else if (open.names().hasNext()) {
        Path entry = open.folder().resolve(open.names().next());
        PictureFile picture = null;
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) { // links may lead in circles
          picture = enter(entry);
        } else if (isPicture(entry)) {
          picture = PictureFile.of(entry);
        }
        if (picture != null) {
          return picture;
        }
      } else {
        folders.pop();
      }
    }
  }

  /** Goes into a folder; what comes back for one that cannot be read tells so when it is read. */
  private @Nullable PictureFile enter(Path folder) {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      entries.forEach(entry -> names.add(folder.relativize(entry)));
    } catch (IOException e) {
      return PictureFile.unreadable(folder, e);
    } catch (DirectoryIteratorException e) {
      return PictureFile.unreadable(folder, new IOException(e));
    }
    Collections.sort(names);
    folders.push(new Open(folder, names.iterator()));
    return null;
  }

  private static boolean isPicture(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0
        && !name.startsWith(".")
        && ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT))
        && Files.isRegularFile(file);
  }
}
