package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.RawHttp.Answer;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A path is open only as it is written down: no other spelling of anything gets in with it. */
@SpringBootTest(
    classes = {ServingConfiguration.class, ServingTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.access.keys[0].name=ask",
      "resnet.access.keys[0].sha256=" + AccessTest.ASK,
      "resnet.access.keys[1].name=rule",
      "resnet.access.keys[1].sha256=" + AccessTest.RULE,
      "resnet.access.keys[1].rights=infer,admin",
      "management.endpoints.web.exposure.include=health,info,prometheus,threads,env,loggers"
    })
@Timeout(120)
class OpenPathsTest {

  private static final String ASK = "Authorization: Bearer ask-key";
  private static final String RULE = "Authorization: Bearer rule-key";

  @LocalServerPort private int port;

  /** Every open path, a step out of it in every spelling, and what lies behind a key. */
  static Stream<String> waysOut() {
    List<String> open =
        List.of(
            "/swagger-ui",
            "/swagger-ui/index.html",
            "/v3/api-docs",
            "/actuator/health",
            "/livez",
            "/readyz",
            "/v2",
            "/v2/health/live",
            "/page/main.js",
            "/favicon.ico",
            "/index.html");
    List<String> steps =
        List.of(
            "/..",
            "/../..",
            "/%2e%2e",
            "/%2E%2E/%2e%2e",
            "/.%2e",
            "%2f..",
            "%2f%2e%2e",
            "/..;",
            "/..;x=1",
            ";/..",
            ";a=b/..",
            "//..",
            "/./..",
            "\\..",
            "%5c..",
            "/%252e%252e",
            "%00/..",
            "/..%00",
            "/..%2f..",
            "/%c0%ae%c0%ae",
            "/%uff0e%uff0e",
            "/. .");
    List<String> targets = List.of("/models", "/actuator/prometheus", "/classify");
    return open.stream()
        .flatMap(
            from -> steps.stream().flatMap(step -> targets.stream().map(to -> from + step + to)));
  }

  @ParameterizedTest
  @MethodSource("waysOut")
  void noWayOutOfAnOpenPathLeadsPastTheKey(String path) throws IOException {
    Answer answer = get(path, "");

    assertThat(answer.status()).isIn(400, 401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/models;jsessionid=1",
        "/models;/",
        "/models/",
        "/models/.",
        "/models/%6eet",
        "//models",
        "/%6dodels",
        "/x/../models",
        "/livez/../models",
        "/livez;/../models",
        "/livez;jsessionid=1",
        "/livez/",
        "/livez%20",
        "/livez%0a",
        "/LIVEZ",
        "/./livez",
        "/%6civez",
        "/page/../models",
        "/page/main.js/../../models",
        "/page/main.js;x.css",
        "/swagger-ui;x/index.html",
        "/swagger-uix",
        "/v3/api-docsx",
        "/v2/",
        "/v2/health/live/../../models/net",
        "/actuator/health/../prometheus",
        "/actuator/healthx",
        "/actuator/Health"
      })
  void unusualSpellingsNeedAKey(String path) throws IOException {
    assertThat(get(path, "").status()).isIn(400, 401);
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /models/net;x=1",
    "PUT, /models/%6eet",
    "PUT, /classify/../models/net",
    "PUT, /v2/../models/net",
    "PUT, //models/net",
    "PUT, /v2;/models/net",
    "DELETE, /classify;/../models/net",
    "DELETE, /models/net/.",
    "DELETE, /./models/net",
    "DELETE, /models/../models/net",
    "POST, /v2/repository/models/net/load",
    "POST, /v2/repository;x/models/net/unload",
    "POST, /v2/%72epository/models/net/load",
    "POST, /v2/repository/models/net/%6coad",
    "POST, //v2/repository/models/net/unload",
    "POST, /v2/repository//models/net/load",
    "POST, /classify/../v2/repository/models/net/load",
    "POST, /v2/models/../repository/models/net/load"
  })
  void administrationNeedsItsRightInEverySpelling(String method, String path) throws IOException {
    assertThat(send(method, path, ASK).status()).isIn(400, 403);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /actuator/env",
    "GET, /actuator/env/java.home",
    "GET, /actuator;x/env",
    "GET, /%61ctuator/env",
    "GET, /actuator/info/../env",
    "GET, //actuator/env",
    "POST, /actuator/loggers/root",
    "POST, /actuator/loggers;x/root",
    "DELETE, /actuator/caches"
  })
  void managementThatRevealsOrChangesTheServerIsAdministration(String method, String path)
      throws IOException {
    assertThat(send(method, path, ASK).status()).isIn(400, 403);
    assertThat(send(method, path, "").status()).isIn(400, 401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/actuator/env", "/actuator/env/java.home"})
  void administratorsMaySeeManagement(String path) throws IOException {
    assertThat(get(path, RULE).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator/info",
        "/actuator/prometheus",
        "/actuator/threads",
        "/actuator/loggers"
      })
  void whatTellsNoMoreThanAnAnswerNeedsAnyKey(String path) throws IOException {
    assertThat(get(path, ASK).status()).isEqualTo(200);
    assertThat(get(path, "").status()).isEqualTo(401);
  }

  private Answer get(String path, String header) throws IOException {
    return send("GET", path, header);
  }

  private Answer send(String method, String path, String header) throws IOException {
    return RawHttp.send(
        "127.0.0.1", port, "%s %s HTTP/1.1\nHost: localhost\n%s".formatted(method, path, header));
  }
}
