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
 * The images that words on a command line mean: files, everything below folders whose name ends
 * like an image's, and standard input. A folder's entries come in the order of their names, so that
 * two runs, on any file systems, give the same rows; their names are all that is held, and those of
 * the folders above: some 80 MB for a million. Not thread-safe.
 */
final class ImageFiles implements Iterator<ImageFiles.ImageFile> {

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
  private @Nullable ImageFile next;

  ImageFiles(List<String> words) {
    this.words = words.iterator();
  }

  /** Whether a word means more than one image. */
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
  public ImageFile next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    ImageFile image = next;
    next = null;
    return image;
  }

  private @Nullable ImageFile advance() {
    while (true) {
      Open open = folders.peek();
      if (open == null) {
        if (!words.hasNext()) {
          return null;
        }
        String word = words.next();
        if (word.equals(STANDARD_INPUT)) {
          return ImageFile.standardInput();
        }
        Path file = Path.of(word);
        ImageFile image = Files.isDirectory(file) ? enter(file) : ImageFile.of(file);
        if (image != null) {
          return image; // a file that is named is read under any name
        }
      } else if (open.names().hasNext()) {
        Path entry = open.folder().resolve(open.names().next());
        ImageFile image = null;
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) { // links may lead in circles
          image = enter(entry);
        } else if (isImage(entry)) {
          image = ImageFile.of(entry);
        }
        if (image != null) {
          return image;
        }
      } else {
        folders.pop();
      }
    }
  }

  /** Goes into a folder; what comes back for one that cannot be read tells so when it is read. */
  private @Nullable ImageFile enter(Path folder) {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      entries.forEach(entry -> names.add(folder.relativize(entry)));
    } catch (IOException e) {
      return ImageFile.unreadable(folder, e);
    } catch (DirectoryIteratorException e) {
      return ImageFile.unreadable(folder, new IOException(e));
    }
    Collections.sort(names);
    folders.push(new Open(folder, names.iterator()));
    return null;
  }

  private static boolean isImage(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0
        && !name.startsWith(".")
        && ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT))
        && Files.isRegularFile(file);
  }

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
}
