package io.github.resnetserving.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real Prometheus, configured as for docker-compose.yml, asks the service. */
@NeedsImage
class PrometheusIT {

  private static final int PORT = 9090;
  private static final Duration LONG = Duration.ofMinutes(3);
  private static final Path ALERTS = Path.of("helm/resnet-serving/files/alerts.yml");
  private static final Path DASHBOARD = Path.of("helm/resnet-serving/files/dashboard.json");
  private static final JsonMapper JSON = new JsonMapper();

  private static final ServiceContainer SERVICE = new ServiceContainer();
  private static final GenericContainer<?> PROMETHEUS =
      new GenericContainer<>(DockerImageName.parse(image()))
          .withExposedPorts(PORT)
          .withCreateContainerCmdModifier(command ->
              Objects.requireNonNull(command.getHostConfig())
                  .withBinds(
                      mounted(Path.of("docker/prometheus/prometheus.yml"), "prometheus.yml"),
                      mounted(ALERTS, "alerts.yml")))
          .waitingFor(Wait.forHttp("/-/ready").forPort(PORT));

  private final HttpClient client = HttpClient.newHttpClient();

  /** As docker-compose.yml has it. */
  private static String image() {
    return System.getenv().getOrDefault("PROMETHEUS_IMAGE", "prom/prometheus:v3.5.0");
  }

  private static Bind mounted(Path file, String name) {
    return new Bind(
        file.toAbsolutePath().toString(), new Volume("/etc/prometheus/" + name), AccessMode.ro);
  }

  @BeforeAll
  static void start() {
    SERVICE.start();
    // By its address on the engine's own bridge, since a network of ours needs its engine's DNS.
    PROMETHEUS.withExtraHost("resnet-serving", SERVICE.address()).start();
  }

  @AfterAll
  static void stop() {
    PROMETHEUS.stop();
    SERVICE.stop();
  }

  @Test
  void theServiceIsScraped() {
    await()
        .atMost(LONG)
        .untilAsserted(() -> {
          JsonNode target = ask("/api/v1/targets").at("/data/activeTargets/0");
          assertThat(target.at("/lastError").asString()).isEmpty();
          assertThat(target.at("/health").asString()).isEqualTo("up");
        });
  }

  @Test
  void everyQueryOfTheDashboardHasDataAfterTraffic() throws Exception {
    List<String> queries = new ArrayList<>();
    JSON.readTree(Files.readString(DASHBOARD))
        .at("/panels")
        .forEach(panel ->
            panel.path("targets").forEach(target -> queries.add(target.at("/expr").asString())));
    queries.removeIf(query -> query.contains("resnet_drift")); // needs 500 answers
    assertThat(queries).hasSizeGreaterThan(10);

    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> {
          assertThat(SERVICE.labelOfPhoto()).isEqualTo("church");
          for (String query : queries) {
            assertThat(query(filledIn(query)))
                .as(query)
                .isNotEmpty()
                .allSatisfy(
                    sample -> assertThat(sample.at("/value/1").asString()).isNotEqualTo("NaN"));
          }
        });
  }

  /** As Grafana does where all namespaces and releases are chosen. */
  private static String filledIn(String query) {
    return query
        .replace("$__rate_interval", "30s")
        .replace("$namespace", ".*")
        .replace("$service", ".*");
  }

  @Test
  void prometheusOwnToolFindsNothingWrongWithTheConfigurationAndTheAlerts() throws Exception {
    ExecResult check =
        PROMETHEUS.execInContainer("promtool", "check", "config", "/etc/prometheus/prometheus.yml");

    assertThat(check.getExitCode()).as("%s%s", check.getStdout(), check.getStderr()).isZero();
    assertThat(check.getStdout() + check.getStderr()).contains("SUCCESS: 6 rules found");
  }

  @Test
  void everyAlertIsLoadedAndEvaluatedWithoutAnError() throws Exception {
    JsonNode file = JSON.valueToTree(new Yaml().load(Files.readString(ALERTS)));
    JsonNode alerts = file.at("/groups/0/rules");

    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(ask("/api/v1/rules").at("/data/groups/0/rules"))
                .hasSize(alerts.size())
                .allSatisfy(rule -> {
                  assertThat(rule.at("/lastError").asString("")).isEmpty();
                  assertThat(rule.at("/health").asString()).isEqualTo("ok");
                  assertThat(rule.at("/state").asString()).isEqualTo("inactive");
                }));
    for (JsonNode alert : alerts) {
      query(alert.at("/expr").asString());
    }
  }

  private JsonNode query(String expression) throws IOException, InterruptedException {
    JsonNode answer =
        ask("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
    assertThat(answer.at("/status").asString()).as("%s", answer).isEqualTo("success");
    return answer.at("/data/result");
  }

  private JsonNode ask(String path) throws IOException, InterruptedException {
    URI uri =
        URI.create(
            "http://%s:%d%s".formatted(PROMETHEUS.getHost(), PROMETHEUS.getMappedPort(PORT), path));
    return JSON.readTree(
        client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body());
  }
}
