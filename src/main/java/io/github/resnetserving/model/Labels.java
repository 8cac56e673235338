package io.github.resnetserving.model;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The classes of a model, in the order of the classifier's output.
 *
 * @param entries at least one label
 */
public record Labels(List<Label> entries) {

  public Labels {
    entries = List.copyOf(entries);
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("there are no labels");
    }
  }

  /** Names for classes that have none: {@code class_0}, {@code class_1}, … */
  public static Labels numbered(int count) {
    return new Labels(
        IntStream.range(0, count).mapToObj(index -> new Label(null, "class_" + index)).toList());
  }

  /** The thousand classes of ImageNet (ILSVRC 2012), in torchvision's order. */
  public static Labels imageNet() {
    return LabelFile.imageNet();
  }

  public int count() {
    return entries.size();
  }

  public Label get(int index) {
    return entries.get(index);
  }
}
