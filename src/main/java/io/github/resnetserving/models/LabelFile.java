package io.github.resnetserving.models;

import io.github.resnetserving.models.Labels.Label;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The file of a model's labels. Read are: one name a line; rows of {@code index,wnid,label} or
 * {@code index,label} with or without a header line, in the order of the index; rows of a WordNet
 * id and a name; a JSON array of names, or a JSON object of index to name or to {@code [wnid,
 * name]}. Written are rows of {@code index,wnid,label}.
 */
final class LabelFile {

  private static final String HEADER = "index,wnid,label";
  private static final String NAMES_HEADER = "label";
  private static final Set<String> ROW_HEADERS = Set.of(HEADER, "index,label");

  private static final Pattern INDEXED = Pattern.compile("\\s*(\\d{1,9})\\s*[,;:\\t]\\s*(.*)");
  private static final Pattern WITH_ID = Pattern.compile("(n\\d{8})(?:\\s*[,;:\\t]\\s*|\\s+)(.+)");

  private LabelFile() {}

  /**
   * Reads the file's text.
   *
   * @param where what to call the file in a message
   */
  static Labels parse(String text, String where) throws ModelException {
    List<String> lines =
        (text.startsWith("\ufeff") ? text.substring(1) : text)
            .lines()
            .filter(line -> !line.isBlank())
            .toList();
    if (lines.isEmpty()) {
      throw new ModelException(where + " is empty: it must hold one class a line");
    }
    String first = lines.getFirst().strip();
    if (first.startsWith("{") || first.startsWith("[")) {
      return JsonFields.parseLabels(text, where);
    }
    String header = first.toLowerCase(Locale.ROOT).replace(" ", "");
    if (header.equals(NAMES_HEADER) || ROW_HEADERS.contains(header)) {
      List<String> rows = lines.subList(1, lines.size());
      if (rows.isEmpty()) {
        throw new ModelException(where + " has a header and no class below it");
      }
      return header.equals(NAMES_HEADER) ? names(rows) : rows(rows, header, where);
    }
    if (lines.stream().allMatch(line -> INDEXED.matcher(line).matches())) {
      return rows(lines, /* header= */ "", where);
    }
    if (lines.stream().allMatch(line -> WITH_ID.matcher(line.strip()).matches())) {
      return new Labels(lines.stream().map(line -> named(line.strip())).toList());
    }
    return names(lines);
  }

  private static Labels names(List<String> lines) {
    return new Labels(lines.stream().map(line -> new Label(null, line.strip())).toList());
  }

  private static Labels rows(List<String> lines, String header, String where)
      throws ModelException {
    List<Label> labels = new ArrayList<>();
    for (String line : lines) {
      Matcher row = INDEXED.matcher(line);
      @Nullable Label label =
          row.matches() && row.group(1).equals(Integer.toString(labels.size()))
              ? label(row.group(2).strip(), header)
              : null;
      if (label == null) {
        throw new ModelException(
            ("%s: the row \"%s\" must read %d,%s. A class has its index in the classifier's output,"
                    + " counted from 0, and rows are in the order of the index%s")
                .formatted(
                    where,
                    shortened(line),
                    labels.size(),
                    header.equals(HEADER) ? "wnid,label" : "label",
                    header.isEmpty()
                        ? ". If these are plain names, put a first line \"label\" before them"
                        : ""));
      }
      labels.add(label);
    }
    return new Labels(labels);
  }

  /** What follows the index; null where it is not what the header announces. */
  private static @Nullable Label label(String rest, String header) {
    if (!header.equals(HEADER)) {
      return named(rest);
    }
    int comma = rest.indexOf(',');
    if (comma < 0) {
      return null;
    }
    String id = rest.substring(0, comma);
    return new Label(id.isBlank() ? null : id, unquoted(rest.substring(comma + 1)));
  }

  private static String shortened(String line) {
    return line.length() <= 80 ? line : line.substring(0, 80) + "…";
  }

  /** What follows the index: {@code wnid,label}, {@code ,label}, or the label alone. */
  private static Label named(String rest) {
    if (rest.startsWith(",")) {
      return new Label(null, unquoted(rest.substring(1).strip()));
    }
    Matcher id = WITH_ID.matcher(rest);
    return id.matches()
        ? new Label(id.group(1), unquoted(id.group(2).strip()))
        : new Label(null, unquoted(rest));
  }

  /** As CSV quotes a field that holds a comma. */
  private static String unquoted(String field) {
    return field.length() >= 2 && field.startsWith("\"") && field.endsWith("\"")
        ? field.substring(1, field.length() - 1).replace("\"\"", "\"")
        : field;
  }

  private static String quoted(String field) {
    return field.startsWith("\"") ? '"' + field.replace("\"", "\"\"") + '"' : field;
  }

  static String format(Labels labels) {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    for (int i = 0; i < labels.count(); i++) {
      Label label = labels.get(i);
      @Nullable String wnid = label.wnid();
      text.append(i).append(',').append(Objects.requireNonNullElse(wnid, ""));
      text.append(',').append(quoted(label.name())).append('\n');
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
