package io.github.resnetserving.training;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
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
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Reads labelled images into memory: from a folder or tar with one folder a class, or from
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
   * Reads all images, in the order of their paths.
   *
   * @param source a folder, a tar, or a gzipped tar
   * @param preprocessing how each image is resized and cropped
   * @throws IOException if the source has no class folders, or an image cannot be read; the message
   *     names the file
   */
  public static ImageSet read(Path source, Preprocessing preprocessing, ImagePipeline pipeline)
      throws IOException {
    NavigableMap<String, byte[]> files = files(source);
    return isCifar(files)
        ? cifar(files, preprocessing)
        : decode(source, inFolders(source, files), preprocessing, pipeline);
  }

  /**
   * Reads all images as {@link #read} does, but does not decode them. Those of CIFAR-10's binary
   * files become BMPs, which lose nothing.
   *
   * @throws IOException as {@link #read}, but for images that cannot be read
   */
  public static LabelledImages encoded(Path source, Preprocessing preprocessing)
      throws IOException {
    NavigableMap<String, byte[]> files = files(source);
    if (!isCifar(files)) {
      return inFolders(source, files);
    }
    ImageSet set = cifar(files, preprocessing);
    List<byte[]> images = new ArrayList<>(set.count());
    List<String> names = new ArrayList<>(set.count());
    for (byte[] rgb : set.images()) {
      names.add("image " + images.size());
      images.add(bmp(set.size(), rgb));
    }
    return new LabelledImages(names, images, set.labels(), set.classes());
  }

  private static byte[] bmp(int side, byte[] rgb) throws IOException {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < side * side; i++) {
      int pixel =
          (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff);
      image.setRGB(i % side, i / side, pixel);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "bmp", out);
    }
    return bytes.toByteArray();
  }

  private static NavigableMap<String, byte[]> files(Path source) throws IOException {
    NavigableMap<String, byte[]> files = new TreeMap<>();
    FileTree.visit(source, files::put);
    return files;
  }

  private static boolean isCifar(Map<String, byte[]> files) {
    return files.keySet().stream()
        .anyMatch(
            name -> CIFAR_BATCH.matcher(name).matches() || CIFAR_TEST.matcher(name).matches());
  }

  private static ImageSet cifar(Map<String, byte[]> files, Preprocessing preprocessing)
      throws IOException {
    NavigableMap<String, byte[]> batches = matching(files, CIFAR_BATCH);
    return CifarBinary.read(
        batches.isEmpty() ? matching(files, CIFAR_TEST) : batches,
        matching(files, CIFAR_NAMES),
        preprocessing);
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

  private static LabelledImages inFolders(Path source, NavigableMap<String, byte[]> files)
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
          "%s holds %d class folders: it must have at least two, each with its images"
              .formatted(source, classes.size()));
    }
    return new LabelledImages(
        List.copyOf(classOf.keySet()),
        classOf.keySet().stream().map(files::get).toList(),
        classOf.values().stream().map(classes::indexOf).toList(),
        classes);
  }

  private static ImageSet decode(
      Path source, LabelledImages encoded, Preprocessing preprocessing, ImagePipeline pipeline)
      throws IOException {
    Map<Integer, byte[]> images = new ConcurrentSkipListMap<>();
    List<String> unreadable = Collections.synchronizedList(new ArrayList<>());
    try (ForkJoinPool pool = new ForkJoinPool()) {
      pool.submit(() ->
              IntStream.range(0, encoded.images().size())
                  .parallel()
                  .forEach(i -> {
                    try {
                      images.put(
                          i, pipeline.prepare(encoded.images().get(i), preprocessing).crop().rgb());
                    } catch (ImageException e) {
                      unreadable.add("%s (%s)".formatted(encoded.names().get(i), e.getMessage()));
                    }
                  }))
          .get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading " + source, e);
    } catch (ExecutionException e) {
      throw new IOException("%s cannot be read".formatted(source), e.getCause());
    }
    if (!unreadable.isEmpty()) {
      throw new IOException(
          "%d files are no images that can be read, such as %s"
              .formatted(unreadable.size(), unreadable.getFirst()));
    }
    return new ImageSet(
        preprocessing.crop(), List.copyOf(images.values()), encoded.labels(), encoded.classes());
  }
}
