package io.github.resnetserving.training;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.model.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads labelled pictures into memory: from a folder or tar with one folder a class, or from
 * CIFAR-10's own binary files as they are published.
 *
 * @see <a href="https://www.cs.toronto.edu/~kriz/cifar.html">CIFAR-10, binary version</a>
 */
public final class ImageSets {

  private static final Pattern IN_CLASS_FOLDER = Pattern.compile("(?:.*/)?([^/]+)/[^/]+");
  private static final Pattern CIFAR_BATCH = Pattern.compile("(?:.*/)?data_batch_\\d+\\.bin");
  private static final Pattern CIFAR_TEST = Pattern.compile("(?:.*/)?test_batch\\.bin");
  private static final Pattern CIFAR_NAMES = Pattern.compile("(?:.*/)?batches\\.meta\\.txt");

  private ImageSets() {}

  /**
   * Reads all pictures, in the order of their paths.
   *
   * @param source a folder, a tar, or a gzipped tar
   * @param preprocessing how each picture is resized and cropped
   * @throws IOException if the source has no class folders, or a picture cannot be read; the
   *     message names the file
   */
  public static ImageSet read(Path source, Preprocessing preprocessing, ImagePipeline images)
      throws IOException {
    NavigableMap<String, byte[]> files = new TreeMap<>();
    FileTree.visit(source, files::put);
    NavigableMap<String, byte[]> batches = matching(files, CIFAR_BATCH);
    if (batches.isEmpty()) {
      batches = matching(files, CIFAR_TEST);
    }
    if (!batches.isEmpty()) {
      return CifarBinary.read(batches, matching(files, CIFAR_NAMES), preprocessing);
    }
    return decode(source, files, preprocessing, images);
  }

  private static NavigableMap<String, byte[]> matching(Map<String, byte[]> files, Pattern pattern) {
    NavigableMap<String, byte[]> found = new TreeMap<>();
    files.forEach((name, bytes) -> {
      if (pattern.matcher(name).matches()) {
        found.put(name, bytes);
      }
    });
    return found;
  }

  private static ImageSet decode(
      Path source,
      NavigableMap<String, byte[]> files,
      Preprocessing preprocessing,
      ImagePipeline images)
      throws IOException {
    NavigableMap<String, String> classOf = new TreeMap<>();
    for (String name : files.keySet()) {
      Matcher inFolder = IN_CLASS_FOLDER.matcher(name);
      if (inFolder.matches()) {
        classOf.put(name, inFolder.group(1));
      }
    }
    List<String> classes = List.copyOf(new TreeSet<>(classOf.values()));
    if (classes.size() < 2) {
      throw new IOException(
          "%s holds %d class folders: it must have at least two, each with its pictures"
              .formatted(source, classes.size()));
    }
    NavigableMap<String, byte[]> pictures = new ConcurrentSkipListMap<>();
    List<String> unreadable = new ArrayList<>();
    try (ForkJoinPool pool = new ForkJoinPool()) {
      pool.submit(() ->
              classOf.keySet().parallelStream()
                  .forEach(
                      name -> prepare(name, files, preprocessing, images, pictures, unreadable)))
          .get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading " + source, e);
    } catch (ExecutionException e) {
      throw new IOException("%s cannot be read".formatted(source), e.getCause());
    }
    if (!unreadable.isEmpty()) {
      throw new IOException(
          "%d files are no pictures that can be read, such as %s"
              .formatted(unreadable.size(), unreadable.getFirst()));
    }
    List<Integer> labels = classOf.values().stream().map(classes::indexOf).toList();
    return new ImageSet(preprocessing.crop(), List.copyOf(pictures.values()), labels, classes);
  }

  private static void prepare(
      String name,
      Map<String, byte[]> files,
      Preprocessing preprocessing,
      ImagePipeline images,
      Map<String, byte[]> pictures,
      List<String> unreadable) {
    byte[] encoded = files.get(name);
    if (encoded == null) {
      throw new IllegalStateException(name);
    }
    try {
      pictures.put(name, images.prepare(encoded, preprocessing).crop().rgb());
    } catch (ImageException e) {
      synchronized (unreadable) {
        unreadable.add("%s (%s)".formatted(name, e.getMessage()));
      }
    }
  }
}
