package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links lead somewhere, and the first commands are the first. */
class DocumentsTest {

  private static final Pattern LINK = Pattern.compile("\\[[^\\]\n]*]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

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
        .startsWith("curl --data-binary @src/test/resources/horse.webp");
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
