package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** A port of its own for management is no more open than the other one. */
@Timeout(120)
class ManagementPortTest {

  private static final String METRICS = "/actuator/prometheus";

  @Test
  void itListensWhereTheServerDoes() throws IOException {
    try (var server = start("--server.address=127.0.0.1")) {
      assertThat(get("127.0.0.1", server, METRICS, "")).isEqualTo(200);
      assertThatThrownBy(() -> get("127.0.0.2", server, METRICS, ""))
          .as("another address of this machine")
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void anAddressOfItsOwnGoesBeforeThat() throws IOException {
    try (var server =
        start("--server.address=127.0.0.1", "--management.server.address=127.0.0.3")) {
      assertThat(get("127.0.0.3", server, METRICS, "")).isEqualTo(200);
      assertThatThrownBy(() -> get("127.0.0.1", server, METRICS, ""))
          .isInstanceOf(ConnectException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/actuator/health, '', 200",
    "/actuator/prometheus, '', 401",
    "/actuator/threads, '', 401",
    "/actuator, '', 401",
    "/nought, '', 401",
    "/actuator/health/../prometheus, '', 401",
    "/actuator/prometheus, ask-key, 200",
    "/actuator/env, ask-key, 403",
    "/actuator/env, rule-key, 200"
  })
  void itNeedsTheSameKeys(String path, String key, int status) throws IOException {
    try (var server = startWithKeys()) {
      assertThat(get("127.0.0.1", server, path, key)).isEqualTo(status);
    }
  }

  @Test
  void itsMetricsCanBeOpen() throws IOException {
    try (var server = startWithKeys("--resnet.access.open-metrics=true")) {
      assertThat(get("127.0.0.1", server, METRICS, "")).isEqualTo(200);
      assertThat(get("127.0.0.1", server, "/actuator/threads", "")).isEqualTo(401);
    }
  }

  @Test
  void aProductionServerWithoutKeysDoesNotOpenItToTheNetwork() {
    assertThatThrownBy(() ->
            start(
                "--spring.profiles.active=production",
                "--server.address=127.0.0.1",
                "--management.server.address=0.0.0.0"))
        .rootCause()
        .hasMessageStartingWith("The server would listen on 0.0.0.0, and no keys are configured");
  }

  private static ConfigurableApplicationContext startWithKeys(String... options) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--resnet.access.keys[0].name=ask",
                "--resnet.access.keys[0].sha256=" + AccessTest.ASK,
                "--resnet.access.keys[1].name=rule",
                "--resnet.access.keys[1].sha256=" + AccessTest.RULE,
                "--resnet.access.keys[1].rights=infer,admin",
                "--management.endpoints.web.exposure.include=health,prometheus,threads,env"));
    all.addAll(List.of(options));
    return start(all.toArray(String[]::new));
  }

  private static ConfigurableApplicationContext start(String... options) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--spring.grpc.server.port=0",
                "--resnet.default-model=net"));
    all.addAll(List.of(options));
    return new SpringApplication(ServingConfiguration.class, GatedModel.class)
        .run(all.toArray(String[]::new));
  }

  private static int get(
      String host, ConfigurableApplicationContext server, String path, String key)
      throws IOException {
    int port = Integer.parseInt(server.getEnvironment().getProperty("local.management.port", ""));
    String header = key.isEmpty() ? "" : "Authorization: Bearer " + key;
    return RawHttp.send(host, port, "GET %s HTTP/1.1\nHost: localhost\n%s".formatted(path, header))
        .status();
  }
}
