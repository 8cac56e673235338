package io.github.resnetserving.training;

import io.github.resnetserving.training.DataSource.Labelled;
import io.github.resnetserving.training.DataSource.Part;
import io.github.resnetserving.training.FileTree.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One folder a class, perhaps below {@code train}, {@code val} and {@code test}, perhaps all below
 * folders that hold nothing else. Files beside the class folders do not count.
 */
final class FolderLayout {

  private final Path source;
  private final List<Entry> files; // in folders
  private final int depth; // folders above the classes or parts
  private final boolean parts;

  private FolderLayout(Path source, List<Entry> files, int depth, boolean parts) {
    this.source = source;
    this.files = files;
    this.depth = depth;
    this.parts = parts;
  }

  /** Looks at the names; nothing is read. */
  static FolderLayout of(Path source, FileTree tree) throws IOException {
    int depth = 0;
    List<Entry> files = deeper(tree.entries(), 0);
    while (common(files, depth) && !deeper(files, depth + 1).isEmpty()) {
      depth++;
      files = deeper(files, depth);
    }
    int level = depth;
    boolean parts =
        !files.isEmpty()
            && files.stream().allMatch(file -> DataSource.isPart(folder(file.name(), level)))
            && !deeper(files, depth + 1).isEmpty();
    FolderLayout layout =
        new FolderLayout(source, parts ? deeper(files, depth + 1) : files, depth, parts);
    for (String empty : tree.emptyFolders()) {
      if (empty.split("/", -1).length == layout.classDepth() + 1 && !files.isEmpty()) {
        throw new IOException(
            "the class folder %s of %s is empty: add images, or remove it"
                .formatted(empty, source));
      }
    }
    return layout;
  }

  private int classDepth() {
    return depth + (parts ? 1 : 0);
  }

  /** Those that lie at least {@code depth + 1} folders deep. */
  private static List<Entry> deeper(List<Entry> files, int depth) {
    return files.stream().filter(file -> file.name().split("/", -1).length > depth + 1).toList();
  }

  /** Whether all lie below one folder of that depth, which is not {@code train} alone. */
  private static boolean common(List<Entry> files, int depth) {
    return !files.isEmpty()
        && !DataSource.isPart(folder(files.getFirst().name(), depth))
        && files.stream().map(file -> folder(file.name(), depth)).distinct().count() == 1;
  }

  private static String folder(String name, int depth) {
    return name.split("/", -1)[depth];
  }

  List<Labelled> images() throws IOException {
    List<Labelled> images = new ArrayList<>();
    for (Entry file : files) {
      Part part = parts ? DataSource.part(folder(file.name(), depth)) : Part.TRAINING;
      images.add(new Labelled(file, folder(file.name(), classDepth()), part));
    }
    if (parts && images.stream().noneMatch(image -> image.part() == Part.TRAINING)) {
      throw new IOException(
          "%s has no images in a folder train: it has only %s"
              .formatted(source, images.stream().map(Labelled::part).distinct().toList()));
    }
    return images;
  }
}
