package io.github.resnetserving.training;

import io.github.resnetserving.training.DataSource.Labelled;
import io.github.resnetserving.training.FileTree.Entry;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A CSV of {@code path,label}, or {@code path,label,split}. Paths are as seen from its folder. A
 * first row that names the columns may put them in any order.
 */
final class CsvList {

  private static final List<String> PATHS =
      List.of("path", "file", "filename", "filepath", "image", "image_path", "name", "id");
  private static final List<String> LABELS = List.of("label", "class", "category", "target");
  private static final List<String> SPLITS = List.of("split", "part", "subset", "set");

  private final Path file;

  CsvList(Path file) {
    this.file = file;
  }

  List<Labelled> rows() throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new IOException("%s is no text in UTF-8".formatted(file), e);
    }
    List<Labelled> rows = new ArrayList<>();
    int path = 0;
    int label = 1;
    int split = 2;
    boolean first = true;
    for (int i = 0; i < lines.size(); i++) {
      List<String> fields = fields(lines.get(i));
      if (lines.get(i).isBlank()) {
        continue;
      }
      if (first && column(fields, LABELS) >= 0 && column(fields, PATHS) >= 0) {
        path = column(fields, PATHS);
        label = column(fields, LABELS);
        split = column(fields, SPLITS);
      } else {
        rows.add(row(i + 1, fields, path, label, split));
      }
      first = false;
    }
    return rows;
  }

  private Labelled row(int line, List<String> fields, int path, int label, int split)
      throws IOException {
    if (fields.size() <= Math.max(path, label) || fields.get(label).isBlank()) {
      throw new IOException(
          "line %d of %s has no label: it must read path,label".formatted(line, file));
    }
    String name = fields.get(path);
    Path image = file.toAbsolutePath().resolveSibling(name);
    if (!Files.isRegularFile(image)) {
      throw new IOException(
          "line %d of %s names %s: there is no such file".formatted(line, file, image));
    }
    String part = split >= 0 && split < fields.size() ? fields.get(split) : "train";
    if (!DataSource.isPart(part)) {
      throw new IOException(
          "line %d of %s has the split \"%s\": it must be train, val or test"
              .formatted(line, file, part));
    }
    Entry entry = new Entry(name, image, 0, Files.size(image));
    return new Labelled(entry, fields.get(label), DataSource.part(part));
  }

  private static int column(List<String> header, List<String> names) {
    for (int i = 0; i < header.size(); i++) {
      if (names.contains(header.get(i).toLowerCase(Locale.ROOT))) {
        return i;
      }
    }
    return -1;
  }

  /** Fields of RFC 4180, without line breaks in quotes. */
  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append(line.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString().strip());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString().strip());
    return fields;
  }
}
