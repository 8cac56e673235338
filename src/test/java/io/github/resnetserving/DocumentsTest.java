package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.ExternalProgram.Run;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Links lead somewhere, the README's first commands are the two to an answer, and documents follow
 * what they are made from: benchmarks the results, messages the sources.
 */
class DocumentsTest {

  private static final Pattern LINK = Pattern.compile("\\[[^\\]\n]*]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
  private static final Pattern PART = Pattern.compile("(?m)^\\*\\*(\\w+)\\.\\*\\*");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  @Test
  void everyLinkLeadsToAFileOrAHeading() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path file : Documents.files()) {
      Matcher link = LINK.matcher(Files.readString(file));
      while (link.find()) {
        if (!leadsSomewhere(file, URI.create(link.group(1)))) {
          broken.add("%s: %s".formatted(file, link.group(1)));
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  private static boolean leadsSomewhere(Path file, URI link) throws IOException {
    if (link.isAbsolute()) {
      return true;
    }
    Path target = link.getPath().isEmpty() ? file : file.resolveSibling(link.getPath());
    return Files.exists(target)
        && (link.getFragment() == null || anchors(target).contains(link.getFragment()));
  }

  /** As forges make them of headings. */
  private static List<String> anchors(Path file) throws IOException {
    return HEADING
        .matcher(Files.readString(file))
        .results()
        .map(heading ->
            heading
                .group(1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\w\\- ]", "")
                .replace(' ', '-'))
        .toList();
  }

  @Test
  void theReadmeBeginsWithTheTwoCommandsToAnAnswer() throws IOException {
    List<Documents.Block> blocks =
        Documents.blocks("sh").stream()
            .filter(block -> block.file().equals(Path.of("README.md")))
            .toList();

    assertThat(blocks.get(0).text()).startsWith("mvn spring-boot:run ");
    assertThat(blocks.get(1).text())
        .startsWith("curl --data-binary @src/test/resources/temple.jpg");
  }

  @Test
  void theBenchmarksShowTheResults() throws InterruptedException {
    Path root = Path.of("").toAbsolutePath();
    Duration limit = Duration.ofSeconds(30);
    assumeTrue(
        ExternalProgram.run(root, Map.of(), limit, "python3", "--version").succeeded(),
        "skipped: there is no python3");

    Run check =
        ExternalProgram.run(root, Map.of(), limit, "python3", "bench/results/tables.py", "--check");

    assertThat(check.status()).as(check.output()).isZero();
  }

  @Test
  void everyDecisionHasItsFourParts() throws IOException {
    String[] decisions = Files.readString(Path.of("RATIONALE.md")).split("(?m)^## ", -1);

    assertThat(Arrays.stream(decisions).skip(1))
        .isNotEmpty()
        .allSatisfy(decision ->
            assertThat(found(PART, decision))
                .as(decision.lines().findFirst().orElse(""))
                .containsExactly("Decision", "Why", "Rejected", "Evidence"));
  }

  @Test
  void messagesInTroubleshootingAreInTheSources() throws IOException {
    String sources = sources();
    List<String> messages =
        Files.readString(Path.of("docs/troubleshooting.md"))
            .lines()
            .filter(line -> line.startsWith("| `"))
            .flatMap(line -> found(QUOTED, line.split("\\|", -1)[1]).stream())
            .flatMap(message -> Arrays.stream(message.split("…", -1)))
            .map(String::strip)
            .filter(part -> !part.isEmpty())
            .toList();

    assertThat(messages).hasSizeGreaterThan(40);
    assertThat(messages)
        .allSatisfy(message -> assertThat(sources.contains(message)).as(message).isTrue());
  }

  /** All main sources, with the pieces of each message put together. */
  private static String sources() throws IOException {
    StringBuilder sources = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(name -> name.toString().endsWith(".java")).toList()) {
        sources.append(Files.readString(file));
      }
    }
    return sources.toString().replaceAll("\"\\s*\\+\\s*\"", "").replace("\\\"", "\"");
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  @Test
  void aCommandMayTakeSeveralLines() {
    String text =
        """
        one \\
          two
        for f in a; do
          b
        done | c
        echo "{
          \\"}" |
          d
        """;

    assertThat(new Documents.Block(Path.of("a.md"), 1, "sh", text, null).commands())
        .containsExactly(
            "one \\\n  two", "for f in a; do\n  b\ndone | c", "echo \"{\n  \\\"}\" |\n  d");
  }

  @Test
  void anOutputIsAsShownButForWhatVaries() {
    Pattern pattern =
        Documents.pattern("{\"a\": 1.00041, \"total_ms\": 5,\n …, \"request_id\": \"x\"}");

    assertThat(
            Documents.canonical("{\"a\":1.00042,\"total_ms\":7.5,\"b\":[],\"request_id\":\"y\"}"))
        .matches(pattern);
    assertThat(Documents.canonical("{\"a\":1.02,\"total_ms\":7,\"b\":[],\"request_id\":\"y\"}"))
        .doesNotMatch(pattern);
    assertThat(Documents.canonical("{\"a\":1.0,\"total_ms\":7,\"b\":[],\"request_id\":\"y\"}more"))
        .doesNotMatch(pattern);
  }
}
