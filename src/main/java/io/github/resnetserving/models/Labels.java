package io.github.resnetserving.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The classes of a model, in the order of the classifier's output.
 *
 * @param entries one label a class; none of a network without a classifier
 */
public record Labels(List<Label> entries) {

  /** Of a network without a classifier. */
  public static final Labels NONE = new Labels(List.of());

  private static final int IMAGENET_CLASSES = 1000;

  public Labels {
    entries = List.copyOf(entries);
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

  /** The labels of a classifier that has none of its own: ImageNet's where it has 1,000 classes. */
  public static Labels assumed(int classes) {
    return classes == IMAGENET_CLASSES ? imageNet() : numbered(classes);
  }

  /** Reads a labels file: one class a line, or rows of {@code index,wnid,label}. */
  public static Labels read(Path file) throws ModelException {
    return LabelFile.parse(TextFile.read(file), String.valueOf(file.getFileName()));
  }

  /** Writes a labels file, rows of {@code index,wnid,label}. */
  public void write(Path file) throws IOException {
    Files.writeString(file, LabelFile.format(this));
  }

  public int count() {
    return entries.size();
  }

  public Label get(int index) {
    return entries.get(index);
  }

  /**
   * The name of one class.
   *
   * @param wnid the WordNet id, such as {@code n02123045}, or null where the data set has none
   * @param name the human-readable name, such as {@code tabby}
   */
  public record Label(@Nullable String wnid, String name) {}
}
