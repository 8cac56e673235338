package io.github.resnetserving.audit;

import io.github.resnetserving.training.DataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A CSV whose first column, below its name, names images; {@code labels.csv} is one. */
public final class SuspectsFile {

  private SuspectsFile() {}

  /**
   * The positions of the images in the data.
   *
   * @throws IOException if there is no such file, or it names an image that is not in the data
   */
  public static Set<Integer> positions(Path file, DataSource data) throws IOException {
    Map<String, Integer> byName = new HashMap<>();
    for (int i = 0; i < data.count(); i++) {
      byName.put(data.name(i), i);
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "there is no file %s: data check --output writes one, labels.csv".formatted(file), e);
    }
    Set<Integer> positions = new HashSet<>();
    for (int i = 1; i < lines.size(); i++) {
      String name = first(lines.get(i));
      Integer position = byName.get(name);
      if (position == null && !name.isBlank()) {
        throw new IOException(
            "line %d of %s names %s, which is not among the images: names are as data check prints them"
                .formatted(i + 1, file, name));
      }
      if (position != null) {
        positions.add(position);
      }
    }
    return positions;
  }

  private static String first(String line) {
    if (!line.startsWith("\"")) {
      int comma = line.indexOf(',');
      return comma < 0 ? line : line.substring(0, comma);
    }
    StringBuilder field = new StringBuilder();
    for (int i = 1; i < line.length(); i++) {
      if (line.charAt(i) != '"') {
        field.append(line.charAt(i));
      } else if (i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append('"');
        i++;
      } else {
        break;
      }
    }
    return field.toString();
  }
}
