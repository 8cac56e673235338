package io.github.resnetserving.training;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.training.DataSource.Example;
import io.github.resnetserving.training.DataSource.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Some images of a folder or tar, spread evenly over the order of their paths. */
public final class ImageSample {

  private ImageSample() {}

  /**
   * Reads the images. Every file counts as one, wherever it lies; the same source and count give
   * the same sample.
   *
   * @param source a folder, a tar, or a gzipped tar
   * @param count how many at most
   * @param without the share of each class that {@code train} holds out, to be left out; null for
   *     none
   * @throws IOException if there are none or one cannot be read; the message names the file
   */
  public static List<Pixels> read(
      Path source,
      int count,
      @Nullable Double without,
      Preprocessing preprocessing,
      ImagePipeline pipeline)
      throws IOException {
    try (FileTree tree = FileTree.open(source)) {
      List<Example> files = without == null ? all(tree) : learnt(source, without);
      if (files.isEmpty()) {
        throw new IOException("%s holds no images".formatted(source));
      }
      int taken = Math.min(count, files.size());
      List<Pixels> images = new ArrayList<>();
      for (int i = 0; i < taken; i++) {
        Example file = files.get((int) ((long) i * files.size() / taken));
        try {
          images.add(pipeline.prepare(file.read(), preprocessing).crop());
        } catch (ImageException e) {
          throw new IOException(
              "%s is no image that can be read: %s".formatted(file.name(), e.getMessage()), e);
        }
      }
      return images;
    }
  }

  private static List<Example> all(FileTree tree) {
    return tree.entries().stream()
        .map(file -> new Example(file, /* planes= */ false, 0, Part.TRAINING))
        .toList();
  }

  /** Those that training has seen. */
  private static List<Example> learnt(Path source, double share) throws IOException {
    try (DataSource data = DataSource.open(source)) {
      return data.split(share).training().stream().map(data::example).toList();
    }
  }
}
