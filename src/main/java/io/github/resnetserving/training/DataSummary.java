package io.github.resnetserving.training;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a look at some images tells of a data set.
 *
 * @param images how many there are
 * @param classes how many classes
 * @param fewest images of the rarest class
 * @param most images of the commonest class
 * @param shortEdge median length of the short edge in pixels
 */
record DataSummary(int images, int classes, int fewest, int most, int shortEdge) {

  private static final int SAMPLE = 32;

  /** Decodes a sample. */
  static DataSummary of(DataSource data, Split split, ImagePipeline pipeline) throws IOException {
    List<Integer> positions = split.training();
    List<Integer> edges = new ArrayList<>();
    int taken = Math.min(SAMPLE, positions.size());
    for (int i = 0; i < taken; i++) {
      int position = positions.get((int) ((long) i * positions.size() / taken));
      shortEdgeOf(data, position, pipeline).ifPresent(edges::add);
    }
    if (edges.isEmpty()) {
      throw new IOException("none of %d images that were tried can be read".formatted(taken));
    }
    Collections.sort(edges);
    List<Integer> perClass = data.perClass(positions);
    return new DataSummary(
        data.count(),
        data.classes().size(),
        Collections.min(perClass),
        Collections.max(perClass),
        edges.get(edges.size() / 2));
  }

  /** None where the image cannot be read, which is said where it is wanted. */
  private static OptionalInt shortEdgeOf(DataSource data, int position, ImagePipeline pipeline) {
    try {
      Pixels image = pipeline.decode(data.read(position));
      return OptionalInt.of(Math.min(image.width(), image.height()));
    } catch (ImageException | IOException e) {
      return OptionalInt.empty();
    }
  }
}
