package io.github.resnetserving.training;

import java.util.List;

/**
 * Labelled pictures of one size, in memory. The arrays are shared, not copied.
 *
 * @param size side of each picture in pixels
 * @param pictures (size, size, 3) unsigned bytes each
 * @param labels the class of each picture, an index into {@code classes}
 * @param classes class names in order
 */
public record ImageSet(
    int size, List<byte[]> pictures, List<Integer> labels, List<String> classes) {

  public ImageSet {
    pictures = List.copyOf(pictures);
    labels = List.copyOf(labels);
    classes = List.copyOf(classes);
  }

  public int count() {
    return pictures.size();
  }

  /** The pictures at the given positions, in that order. */
  public ImageSet select(List<Integer> positions) {
    return new ImageSet(
        size,
        positions.stream().map(pictures::get).toList(),
        positions.stream().map(labels::get).toList(),
        classes);
  }
}
