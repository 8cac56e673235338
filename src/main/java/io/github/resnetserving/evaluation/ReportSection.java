package io.github.resnetserving.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A part of a report about something else than the evaluation.
 *
 * @param title its heading
 * @param text one paragraph
 * @param header names of the table's columns; empty where there is none
 * @param rows of the table
 * @param figure a PNG that is shown below
 */
public record ReportSection(
    String title,
    String text,
    List<String> header,
    List<List<String>> rows,
    Optional<Path> figure) {

  /** As a part of a page. */
  String html() throws IOException {
    String table =
        header.isEmpty() || rows.isEmpty()
            ? ""
            : """
            <div class="scroll"><table>
            <thead>%s</thead>
            <tbody>
            %s</tbody></table></div>
            """
                .formatted(
                    row(header, "th"),
                    rows.stream().map(cells -> row(cells, "td")).collect(Collectors.joining()));
    String image =
        figure.isEmpty()
            ? ""
            : "<img class=\"chart\" alt=\"\" src=\"data:image/png;base64,%s\"/>\n"
                .formatted(Base64.getEncoder().encodeToString(Files.readAllBytes(figure.get())));
    return "<h2>%s</h2>\n<p>%s</p>\n%s%s"
        .formatted(ReportPage.escape(title), ReportPage.escape(text), table, image);
  }

  private static String row(List<String> cells, String tag) {
    return cells.stream()
        .map(cell -> "<%s>%s</%s>".formatted(tag, ReportPage.escape(cell), tag))
        .collect(Collectors.joining("", "<tr>", "</tr>\n"));
  }
}
