package io.github.resnetserving.training;

import java.util.List;

/**
 * Encoded images and their classes, in memory. The arrays are shared, not copied.
 *
 * @param names what each image is called in its source
 * @param images whole files
 * @param labels the class of each image, an index into {@code classes}
 * @param classes class names in order
 */
public record LabelledImages(
    List<String> names, List<byte[]> images, List<Integer> labels, List<String> classes) {

  /** Copies the lists. */
  public LabelledImages {
    names = List.copyOf(names);
    images = List.copyOf(images);
    labels = List.copyOf(labels);
    classes = List.copyOf(classes);
  }

  /** The images at the given positions, in that order. */
  public LabelledImages select(List<Integer> positions) {
    return new LabelledImages(
        positions.stream().map(names::get).toList(),
        positions.stream().map(images::get).toList(),
        positions.stream().map(labels::get).toList(),
        classes);
  }
}
