package io.github.resnetserving.training;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Some images of a folder or tar, spread evenly over the order of their paths. */
public final class ImageSample {

  /**
   * What {@code train} holds out, to be left out of a sample.
   *
   * @param share of each class
   * @param seed of the split
   */
  public record HeldOut(double share, long seed) {}

  private ImageSample() {}

  /**
   * Reads the images. Every file counts as one, wherever it lies; the same source and count give
   * the same sample.
   *
   * @param source a folder, a tar, or a gzipped tar
   * @param count how many at most
   * @param without images to leave out, by the folders that are their classes; null for none
   * @throws IOException if there are none or one cannot be read; the message names the file
   */
  public static List<Pixels> read(
      Path source,
      int count,
      @Nullable HeldOut without,
      Preprocessing preprocessing,
      ImagePipeline pipeline)
      throws IOException {
    Set<String> all = new TreeSet<>();
    FileTree.visit(
        source,
        name -> {
          all.add(name);
          return false;
        },
        (name, bytes) -> {});
    List<String> names = without == null ? List.copyOf(all) : learnt(List.copyOf(all), without);
    if (names.isEmpty()) {
      throw new IOException("%s holds no images".formatted(source));
    }
    Set<String> chosen = new HashSet<>();
    int taken = Math.min(count, names.size());
    for (int i = 0; i < taken; i++) {
      chosen.add(names.get((int) ((long) i * names.size() / taken)));
    }
    NavigableMap<String, byte[]> files = new TreeMap<>();
    FileTree.visit(source, chosen::contains, files::put);
    List<Pixels> images = new ArrayList<>();
    for (var file : files.entrySet()) {
      try {
        images.add(pipeline.prepare(file.getValue(), preprocessing).crop());
      } catch (ImageException e) {
        throw new IOException(
            "%s is no image that can be read: %s".formatted(file.getKey(), e.getMessage()), e);
      }
    }
    return images;
  }

  /** Those in class folders that training has seen. */
  private static List<String> learnt(List<String> names, HeldOut heldOut) {
    List<String> inFolders = names.stream().filter(name -> name.contains("/")).toList();
    List<String> folders = inFolders.stream().map(ImageSample::folder).distinct().sorted().toList();
    List<Integer> labels = inFolders.stream().map(name -> folders.indexOf(folder(name))).toList();
    return Split.stratified(labels, folders.size(), heldOut.share(), heldOut.seed())
        .training()
        .stream()
        .map(inFolders::get)
        .toList();
  }

  private static String folder(String name) {
    String path = name.substring(0, name.lastIndexOf('/'));
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
