package io.github.resnetserving.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The table of values in the chart's README, which is made from the comments in {@code
 * values.yaml}.
 */
class ChartTableTest {
  private static final Path README = Chart.FOLDER.resolve("README.md");
  private static final Path VALUES = Chart.FOLDER.resolve("values.yaml");
  private static final Pattern LINE = Pattern.compile("( *)(?:# -- (.*)|([A-Za-z]+):(.*))");

  /** {@code -Dchart-table=write} writes the table anew. */
  @Test
  void theReadmesTableSaysWhatTheCommentsSay() throws IOException {
    String readme = Files.readString(README);
    int from = readme.indexOf("| value |");
    int to = readme.indexOf("\n\n", from) + 1;
    String table = table();
    if ("write".equals(System.getProperty("chart-table"))) {
      readme = readme.substring(0, from) + table + readme.substring(to);
      Files.writeString(README, readme);
    }

    assertThat(readme).contains(table);
  }

  @Test
  void everyValueHasAComment() throws IOException {
    List<String> explained = rows().stream().map(Row::name).toList();

    assertThat(Chart.values())
        .allSatisfy(leaf ->
            assertThat(explained)
                .as(leaf)
                .anyMatch(name -> leaf.equals(name) || leaf.startsWith(name + ".")));
  }

  private record Row(String name, String preset, String meaning) {}

  private static String table() throws IOException {
    StringBuilder table = new StringBuilder("| value | default | meaning |\n|---|---|---|\n");
    for (Row row : rows()) {
      table.append("| `%s` | %s | %s |".formatted(row.name, row.preset, row.meaning)).append('\n');
    }
    return table.toString();
  }

  /**
   * A row for each comment: the key in the line below it, under the keys that are less indented.
   */
  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    Deque<String> path = new ArrayDeque<>();
    String meaning = "";
    for (String line : Files.readAllLines(VALUES)) {
      Matcher part = LINE.matcher(line);
      if (!part.matches()) {
        continue;
      }
      if (part.group(2) != null) {
        meaning = part.group(2);
        continue;
      }
      while (path.size() > part.group(1).length() / 2) {
        path.removeLast();
      }
      path.addLast(part.group(3));
      if (!meaning.isEmpty()) {
        rows.add(new Row(String.join(".", path), preset(part.group(4).strip()), meaning));
        meaning = "";
      }
    }
    return rows;
  }

  private static String preset(String value) {
    return switch (value) {
      case "", "\"\"", "[]", "{}" -> "";
      default -> "`" + value + "`";
    };
  }
}
