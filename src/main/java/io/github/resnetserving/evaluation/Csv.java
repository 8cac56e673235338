package io.github.resnetserving.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rows of RFC 4180, with line feeds alone. */
public final class Csv {

  private final StringBuilder text = new StringBuilder();

  /** Begins with the names of the columns. */
  public Csv(String... header) {
    row((Object[]) header);
  }

  /** Adds a row of text and numbers; reals get six digits. */
  public Csv row(Object... fields) {
    text.append(line(List.of(fields)));
    return this;
  }

  /** One row with its line feed. */
  static String line(List<?> fields) {
    return fields.stream().map(Csv::field).collect(Collectors.joining(",", "", "\n"));
  }

  private static String field(Object value) {
    String plain =
        value instanceof Double real ? String.format(Locale.ROOT, "%.6f", real) : value.toString();
    boolean quoted = Stream.of(",", "\"", "\n", "\r").anyMatch(plain::contains);
    return quoted ? '"' + plain.replace("\"", "\"\"") + '"' : plain;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
