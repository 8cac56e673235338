package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.PropertyPlaceholderHelper;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The document's table of properties is what the records of properties and their documentation say,
 * with the defaults of {@code application.yml}; {@code mvn test -Dtest=ConfigurationReferenceTest
 * -Dreference=write} writes it anew.
 */
class ConfigurationReferenceTest {

  private static final Path DOCUMENT = Path.of("docs/configuration.md");
  private static final Path DEFAULTS = Path.of("src/main/resources/application.yml");
  private static final Path METADATA =
      Path.of("target/classes/META-INF/spring-configuration-metadata.json");
  private static final Pattern TABLE =
      Pattern.compile("(<!-- reference[^>]*-->\n).*(<!-- end of reference -->)", Pattern.DOTALL);
  private static final Pattern CODE = Pattern.compile("\\{@code ([^}]+)}");
  private static final PropertyPlaceholderHelper PLACEHOLDERS =
      new PropertyPlaceholderHelper(
          "${", "}", ":", null, /* ignoreUnresolvablePlaceholders= */ true);

  @Test
  void theReferenceIsWhatTheRecordsSay() throws IOException {
    String document = Files.readString(DOCUMENT);
    String generated =
        TABLE.matcher(document).replaceFirst("$1%s$2".formatted(Matcher.quoteReplacement(table())));
    if ("write".equals(System.getProperty("reference"))) {
      Files.writeString(DOCUMENT, generated);
    }

    assertThat(Files.readString(DOCUMENT))
        .as("run mvn test -Dtest=ConfigurationReferenceTest -Dreference=write")
        .containsPattern(TABLE)
        .isEqualTo(generated);
  }

  @Test
  void everyPropertyIsExplained() throws IOException {
    for (JsonNode property : properties()) {
      assertThat(property.path("description").stringValue(""))
          .as(property.get("name").stringValue())
          .isNotBlank();
    }
  }

  private static String table() throws IOException {
    PropertySource<?> defaults =
        new YamlPropertySourceLoader().load("defaults", new FileSystemResource(DEFAULTS)).get(0);
    StringBuilder table = new StringBuilder("| property | default | meaning |\n|---|---|---|\n");
    for (JsonNode property : properties()) {
      String name = property.get("name").stringValue();
      if (name.startsWith("resnet.")) {
        String value =
            configured(defaults.getProperty(name)).orElse(property.path("defaultValue").asString());
        table.append(
            "| `%s` | %s | %s |\n"
                .formatted(
                    name,
                    value.isEmpty() ? "" : "`%s`".formatted(value),
                    CODE.matcher(property.get("description").stringValue())
                        .replaceAll("`$1`")
                        .replace("|", "\\|")));
      }
    }
    return table.toString();
  }

  /** What the file says unless the environment says otherwise. */
  private static Optional<String> configured(@Nullable Object value) {
    return Optional.ofNullable(value)
        .map(said ->
            PLACEHOLDERS.replacePlaceholders(
                said.toString(), name -> name.equals("user.home") ? "~" : null))
        .filter(said -> !said.isEmpty());
  }

  private static JsonNode properties() throws IOException {
    return JsonMapper.shared().readTree(Files.readString(METADATA)).get("properties");
  }
}
