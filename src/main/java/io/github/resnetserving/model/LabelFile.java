package io.github.resnetserving.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The file of a model's labels: either {@code index,wnid,label} with that header line, rows in the
 * order of the index, or one name a line.
 */
final class LabelFile {

  private static final String HEADER = "index,wnid,label";

  private LabelFile() {}

  /**
   * Reads the file's text.
   *
   * @param where what to call the file in a message
   */
  static Labels parse(String text, String where) throws ModelException {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty()) {
      throw new ModelException(where + " is empty: it must hold one class a line");
    }
    if (!lines.getFirst().equals(HEADER)) {
      return new Labels(lines.stream().map(line -> new Label(null, line.strip())).toList());
    }
    List<Label> labels = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split(",", 3);
      if (fields.length != 3 || !fields[0].equals(Integer.toString(labels.size()))) {
        throw new ModelException(
            "%s: the row \"%s\" must read %d,wnid,label".formatted(where, line, labels.size()));
      }
      labels.add(new Label(fields[1].isEmpty() ? null : fields[1], fields[2]));
    }
    return new Labels(labels);
  }

  static String format(Labels labels) {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    for (int i = 0; i < labels.count(); i++) {
      Label label = labels.get(i);
      text.append(i).append(',').append(Objects.requireNonNullElse(label.wnid(), ""));
      text.append(',').append(label.name()).append('\n');
    }
    return text.toString();
  }

  /** The thousand classes of ImageNet (ILSVRC 2012), in torchvision's order. */
  static Labels imageNet() {
    try (InputStream in =
        Objects.requireNonNull(LabelFile.class.getResourceAsStream("/imagenet_labels.csv"))) {
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "imagenet_labels.csv");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
