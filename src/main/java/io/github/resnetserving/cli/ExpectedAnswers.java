package io.github.resnetserving.cli;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Images whose right answers are known. They come from a folder with one folder a class, from a CSV
 * of {@code file,class[,probability]}, or from a JSON array of objects with these fields; files are
 * named as seen from the folder of the CSV or JSON. A class is a label, a WordNet id or an index.
 *
 * @param images at least one
 */
record ExpectedAnswers(List<Expected> images) {

  /** More would tell little more, and their crops are held in memory. */
  static final int MOST = 500;

  private static final int NAMED = 5;
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * One image.
   *
   * @param classIndex the right class
   * @param probability of that class as it was computed elsewhere; null where it is not known
   */
  record Expected(Path file, int classIndex, @Nullable Double probability) {}

  ExpectedAnswers {
    images = List.copyOf(images);
  }

  static ExpectedAnswers read(Path source, Labels labels) throws IOException {
    List<Expected> all;
    if (Files.isDirectory(source)) {
      all = ofFolder(source, labels);
    } else if (!Files.exists(source)) {
      throw new ModelException("%s: no such file or folder".formatted(source));
    } else if (ending(source).equals("csv")) {
      all = ofCsv(source, labels);
    } else if (ending(source).equals("json")) {
      all = ofJson(source, labels);
    } else {
      throw new ModelException(
          "%s does not tell right answers: give a folder with one folder a class, or a .csv or .json of file, class and probability"
              .formatted(source));
    }
    if (all.isEmpty()) {
      throw new ModelException("%s names no images".formatted(source));
    }
    return new ExpectedAnswers(spread(all));
  }

  /** As many as are used, evenly from all. */
  private static List<Expected> spread(List<Expected> all) {
    if (all.size() <= MOST) {
      return all;
    }
    List<Expected> some = new ArrayList<>(MOST);
    for (int i = 0; i < MOST; i++) {
      some.add(all.get((int) ((long) i * all.size() / MOST)));
    }
    return some;
  }

  private static List<Expected> ofFolder(Path folder, Labels labels) throws IOException {
    List<Path> classes;
    try (Stream<Path> entries = Files.list(folder)) {
      classes =
          entries.filter(Files::isDirectory).filter(ExpectedAnswers::isShown).sorted().toList();
    }
    List<Expected> expected = new ArrayList<>();
    for (Path directory : classes) {
      int index = index(String.valueOf(directory.getFileName()), labels, "the folder");
      new ImageFiles(List.of(directory.toString()))
          .forEachRemaining(image -> expected.add(new Expected(Path.of(image.id()), index, null)));
    }
    return expected;
  }

  private static boolean isShown(Path entry) {
    return !String.valueOf(entry.getFileName()).startsWith(".");
  }

  private static List<Expected> ofCsv(Path file, Labels labels) throws IOException {
    List<Expected> expected = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] fields = line.strip().split("\\s*,\\s*", -1);
      boolean header = expected.isEmpty() && fields[0].equalsIgnoreCase("file");
      if (line.isBlank() || header) {
        continue;
      }
      int last = fields.length - 1;
      @Nullable Double probability = last >= 2 ? probability(fields[last]) : null;
      // A label may hold commas itself.
      String name =
          String.join(",", List.of(fields).subList(1, probability == null ? fields.length : last));
      if (fields.length < 2) {
        throw new ModelException(
            "%s: the row \"%s\" must read file,class or file,class,probability"
                .formatted(file, line));
      }
      expected.add(
          new Expected(image(file, fields[0]), index(name, labels, "the class"), probability));
    }
    return expected;
  }

  private static @Nullable Double probability(String field) {
    try {
      double value = Double.parseDouble(field);
      return value >= 0 && value <= 1 ? value : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static List<Expected> ofJson(Path file, Labels labels) throws IOException {
    JsonNode rows;
    try {
      rows = JSON.readTree(Files.readString(file));
    } catch (JacksonException e) {
      throw new ModelException("%s is no JSON: %s".formatted(file, e.getOriginalMessage()));
    }
    List<Expected> expected = new ArrayList<>();
    for (JsonNode row : rows) {
      JsonNode name = row.get("file");
      JsonNode asked = row.get("class");
      JsonNode probability = row.get("probability");
      if (!rows.isArray()
          || name == null
          || asked == null
          || !name.isString()
          || !(asked.isString() || asked.isIntegralNumber())
          || (probability != null && !probability.isNumber())) {
        throw new ModelException(
            "%s must be an array of objects {\"file\": …, \"class\": …, \"probability\": …}"
                .formatted(file));
      }
      expected.add(
          new Expected(
              image(file, name.asString()),
              index(asked.asString(), labels, "the class"),
              probability == null ? null : Double.valueOf(probability.asDouble())));
    }
    return expected;
  }

  private static Path image(Path file, String name) throws IOException {
    Path image = file.toAbsolutePath().resolveSibling(name);
    if (!Files.isRegularFile(image)) {
      throw new NoSuchFileException("%s names %s: no such file".formatted(file, image));
    }
    return image;
  }

  /** The index of a class by its label, its WordNet id, or its index as digits. */
  static int index(String name, Labels labels, String what) throws ModelException {
    for (int i = 0; i < labels.count(); i++) {
      Label label = labels.get(i);
      if (name.equals(label.name()) || name.equals(label.wnid())) {
        return i;
      }
    }
    if (name.matches("\\d{1,6}") && Integer.parseInt(name) < labels.count()) {
      return Integer.parseInt(name);
    }
    throw new ModelException(
        "%s \"%s\" matches no label, WordNet id or index of the model's %d classes. Expected names: %s"
            .formatted(what, name, labels.count(), names(labels)));
  }

  /** The first labels, and how many more there are. */
  static String names(Labels labels) {
    String first =
        String.join(", ", labels.entries().stream().limit(NAMED).map(Label::name).toList());
    int more = labels.count() - NAMED;
    return more > 0 ? "%s and %d more".formatted(first, more) : first;
  }

  private static String ending(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
