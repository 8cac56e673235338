package io.github.resnetserving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is written for people: the files, and the blocks of code in them. */
final class Documents {

  private static final Pattern FENCE =
      Pattern.compile("(?ms)^```([a-z]+)\n(.*?)^```$(?:\\s+^```(?:json)?\n(.*?)^```$)?");

  private static final Pattern VARIES =
      Pattern.compile(
          "\"(request_id|decode_ms|queue_ms|inference_ms|total_ms|batch_size)\":(\"[^\"]*\"|[0-9.eE-]+)");

  private static final Pattern DECIMAL = Pattern.compile("-?\\d+\\.\\d+([eE]-?\\d+)?");

  private Documents() {}

  /**
   * A block of code.
   *
   * @param line where it begins
   * @param shown the block that follows at once, which is what it prints; null if there is none
   */
  record Block(Path file, int line, String language, String text, @Nullable String shown) {

    /** Whether it is whole, and not a piece of what is shown elsewhere. */
    boolean isProgram() {
      return text.startsWith("import ");
    }

    /** Its commands without comments behind them; one may take several lines. */
    List<String> commands() {
      List<String> commands = new ArrayList<>();
      StringBuilder command = new StringBuilder();
      for (String line : text.lines().toList()) {
        command.append(command.isEmpty() ? "" : "\n").append(line);
        if (isWhole(command.toString())) {
          commands.add(command.toString());
          command.setLength(0);
        }
      }
      if (!command.isEmpty()) {
        throw new IllegalStateException("%s ends within a command".formatted(this));
      }
      return commands;
    }

    private static boolean isWhole(String command) {
      String code = command.replace("\\\"", "");
      return !command.endsWith("\\")
          && !command.endsWith("|")
          && code.chars().filter(c -> c == '"').count() % 2 == 0
          && !(code.startsWith("for ") && !code.contains("\ndone"));
    }

    @Override
    public String toString() {
      return "%s:%d %s".formatted(file, line, text.lines().findFirst().orElse(""));
    }
  }

  /** The README and all that it leads to. */
  static List<Path> files() throws IOException {
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      return Stream.concat(
              Stream.of(
                      "README.md",
                      "SECURITY.md",
                      "BENCHMARKS.md",
                      "RATIONALE.md",
                      "helm/resnet-serving/README.md")
                  .map(Path::of),
              docs.filter(file -> file.toString().endsWith(".md")).sorted())
          .toList();
    }
  }

  /** All blocks of some languages. */
  static List<Block> blocks(String... languages) throws IOException {
    List<Block> blocks = new ArrayList<>();
    for (Path file : files()) {
      String text = Files.readString(file);
      Matcher fence = FENCE.matcher(text);
      for (int from = 0; fence.find(from); from = fence.end(2) + "```".length()) {
        if (Arrays.asList(languages).contains(fence.group(1))) {
          int line = (int) text.substring(0, fence.start()).lines().count() + 1;
          blocks.add(new Block(file, line, fence.group(1), fence.group(2), fence.group(3)));
        }
      }
    }
    return blocks;
  }

  /** Without white space and what differs from run to run; numbers with three digits. */
  static String canonical(String output) {
    String masked = VARIES.matcher(output.replaceAll("\\s+", "")).replaceAll("\"$1\":0");
    return DECIMAL
        .matcher(masked)
        .replaceAll(number -> String.format(Locale.ROOT, "%.3f", Double.valueOf(number.group())));
  }

  /** What an output must be like: all of it as shown, but anything in the place of an ellipsis. */
  static Pattern pattern(String shown) {
    return Pattern.compile(
        Arrays.stream(canonical(shown).split("…", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*?", "^", "$")));
  }
}
