package io.github.resnetserving.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is in the jar, as its bill of materials says, and under which licences. */
class LicencesTest {

  private static final Path BILL = Path.of("target/classes/META-INF/sbom/application.cdx.json");
  private static final Path LIST = Path.of("THIRD-PARTY.txt");
  private static final Pattern GPL =
      Pattern.compile("(?i)(?<![a-z])(a?gpl|gnu (affero )?general public)");
  private static final Pattern EXCEPTION = Pattern.compile("(?i)exception|\\bCPE\\b");

  /** {@code -Dlicences=write} writes the file anew. */
  @Test
  void everyLibraryInTheJarIsListedWithItsLicences() throws IOException {
    StringBuilder text =
        new StringBuilder("Libraries in the jar, and their licences; several are for choice.\n\n");
    licences()
        .forEach((library, licences) ->
            text.append(library).append(": ").append(String.join("; ", licences)).append('\n'));
    if ("write".equals(System.getProperty("licences"))) {
      Files.writeString(LIST, text);
    }

    // Profiles leave some out, so the list may be longer.
    assertThat(Files.readString(LIST).lines())
        .as("mvn test -Dtest=LicencesTest -Dlicences=write")
        .containsAll(text.toString().lines().toList());
  }

  @Test
  void noLibraryInTheJarIsUnderTheGplAlone() throws IOException {
    assertThat(licences())
        .hasSizeGreaterThan(50)
        .allSatisfy((library, licences) ->
            assertThat(licences)
                .as(library)
                .anyMatch(
                    licence -> !GPL.matcher(licence).find() || EXCEPTION.matcher(licence).find()));
  }

  /** By {@code group:name:version}. */
  private static Map<String, List<String>> licences() throws IOException {
    assumeTrue(Files.exists(BILL), "skipped: Maven makes the bill of materials online only");
    Map<String, List<String>> licences = new TreeMap<>();
    for (JsonNode component : new JsonMapper().readTree(Files.readString(BILL)).at("/components")) {
      List<String> names = new ArrayList<>();
      for (JsonNode choice : component.path("licenses")) {
        JsonNode licence = choice.path("license");
        names.add(
            choice.has("expression")
                ? choice.path("expression").asString()
                : licence.path(licence.has("id") ? "id" : "name").asString());
      }
      licences.put(
          "%s:%s:%s"
              .formatted(
                  component.path("group").asString(),
                  component.path("name").asString(),
                  component.path("version").asString()),
          names);
    }
    return licences;
  }
}
