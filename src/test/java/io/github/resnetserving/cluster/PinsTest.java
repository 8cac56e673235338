package io.github.resnetserving.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/**
 * What is built and run is named by version or digest, and what is published is published on
 * purpose.
 */
class PinsTest {

  private static final Path COMPOSE = Path.of("docker-compose.yml");
  private static final Path WORKFLOW = Path.of(".github/workflows/build.yml");

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile", "Dockerfile.gpu"})
  void everyBaseImageCanBeGivenWithADigest(String file) throws IOException {
    String text = Files.readString(Path.of(file));
    List<String> stages =
        Pattern.compile("(?m)^FROM \\S+ AS (\\S+)")
            .matcher(text)
            .results()
            .map(PinsTest::first)
            .toList();
    List<String> bases =
        Pattern.compile("(?m)^FROM (\\S+)").matcher(text).results().map(PinsTest::first).toList();

    assertThat(bases).isNotEmpty();
    assertThat(bases)
        .allMatch(base ->
            base.equals("scratch") || stages.contains(base) || base.matches("\\$\\{[A-Z_]+}"));
    assertThat(bases.stream().filter(base -> base.startsWith("$")))
        .allSatisfy(base ->
            assertThat(text).containsPattern("(?m)^ARG " + base.replaceAll("[${}]", "") + "=\\S+"));
  }

  @Test
  void composeNamesVersionsThatCanBeReplaced() throws IOException {
    List<String> images =
        services().values().stream().map(service -> String.valueOf(service.get("image"))).toList();

    assertThat(images)
        .hasSize(4)
        .allMatch(image -> image.matches("\\$\\{[A-Z_]+:-[a-z/-]+:[a-z0-9.]+}"))
        .noneMatch(image -> image.contains("latest"));
  }

  @Test
  void composeOpensNothingButTheServiceToTheNetwork() throws IOException {
    services()
        .forEach((name, service) -> {
          if (!name.equals("resnet-serving")) {
            assertThat(service.get("ports"))
                .as(name)
                .asString()
                .matches("\\[127\\.0\\.0\\.1:[^,]+]");
          }
        });
    assertThat(Objects.requireNonNull(services().get("grafana")).get("environment"))
        .as("no password is the default")
        .asString()
        .contains("${GRAFANA_PASSWORD:?");
  }

  @Test
  void actionsAreNamedByCommit() throws IOException {
    List<String> uses =
        Pattern.compile("uses: (\\S+)")
            .matcher(Files.readString(WORKFLOW))
            .results()
            .map(PinsTest::first)
            .toList();

    assertThat(uses).isNotEmpty().allMatch(action -> action.matches("[\\w./-]+@[0-9a-f]{40}"));
  }

  @Test
  void aReleaseRecordsTheDigestsThatItIsBuiltFrom() throws IOException {
    assertThat(WORKFLOW)
        .content()
        .contains("for argument in MAVEN_IMAGE DEBIAN_IMAGE; do")
        .contains("release/base-images.txt")
        .contains("MAVEN_IMAGE=${{ steps.base.outputs.MAVEN_IMAGE }}")
        .contains("DEBIAN_IMAGE=${{ steps.base.outputs.DEBIAN_IMAGE }}")
        .contains("DEBIAN_SNAPSHOT=${{ steps.base.outputs.DEBIAN_SNAPSHOT }}")
        .contains("provenance: mode=max");
  }

  private static Map<String, Map<String, Object>> services() throws IOException {
    Map<String, Map<String, Map<String, Object>>> compose =
        new Yaml().load(Files.readString(COMPOSE));
    return Objects.requireNonNull(compose.get("services"));
  }

  private static String first(MatchResult match) {
    return match.group(1);
  }
}
