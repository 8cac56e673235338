package io.github.resnetserving.training;

import java.util.List;

/**
 * Labelled images of one size, in memory. The arrays are shared, not copied.
 *
 * @param size side of each image in pixels
 * @param images (size, size, 3) unsigned bytes each
 * @param labels the class of each image, an index into {@code classes}
 * @param classes class names in order
 */
public record ImageSet(int size, List<byte[]> images, List<Integer> labels, List<String> classes) {

  public ImageSet {
    images = List.copyOf(images);
    labels = List.copyOf(labels);
    classes = List.copyOf(classes);
  }

  public int count() {
    return images.size();
  }

  /** The images at the given positions, in that order. */
  public ImageSet select(List<Integer> positions) {
    return new ImageSet(
        size,
        positions.stream().map(images::get).toList(),
        positions.stream().map(labels::get).toList(),
        classes);
  }
}
