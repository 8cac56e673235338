package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.resnetserving.RawHttp.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.web.context.support.StandardServletEnvironment;

/** Who administers a server without keys, whatever is believed of proxies' headers. */
@Timeout(300)
class AdministrationTest {

  private static final String PLAIN = "";

  /** What a request from the network, through a proxy or from a page may say of itself. */
  private static final List<String> CLAIMS =
      List.of(
          "X-Forwarded-For: 127.0.0.1",
          "X-Forwarded-For: ::1",
          "X-Forwarded-For: 10.99.0.7",
          "X-Forwarded-For: 10.99.0.7, 127.0.0.1",
          "X-Forwarded-For: unknown",
          "X-Forwarded-For: 1.2.3.4:5678",
          "X-Forwarded-For: ",
          "x-forwarded-for: localhost",
          "X-Forwarded-Host: localhost",
          "X-Forwarded-Proto: https",
          "X-Forwarded-Port: 8080",
          "X-Forwarded-Prefix: /vision",
          "Forwarded: for=127.0.0.1;host=localhost",
          "Forwarded: for=unknown",
          "Forwarded: for=_hidden",
          "X-Real-IP: 127.0.0.1",
          "Via: 1.1 proxy",
          "CF-Connecting-IP: 127.0.0.1",
          "Origin: https://evil.example.com",
          "Origin: null",
          "Sec-Fetch-Site: cross-site");

  private static final List<String> FOREIGN_HOSTS =
      List.of("evil.example.com", "10.99.0.1:8080", "localhost.evil.example.com", "0.0.0.0", "x");

  @TempDir private Path keys;

  /** How a server may be told, or find out, to believe proxies. */
  @SuppressWarnings("ImmutableEnumChecker") // nothing changes them
  private enum Surroundings {
    DEFAULT(false, ""),
    NATIVE(false, "--server.forward-headers-strategy=native"),
    FRAMEWORK(false, "--server.forward-headers-strategy=framework"),
    CLUSTER(true, ""),
    CLUSTER_NATIVE(true, "--server.forward-headers-strategy=native"),
    TRUSTING_ALL(
        false,
        "--server.forward-headers-strategy=native"
            + " --server.tomcat.remoteip.remote-ip-header=X-Real-IP"
            + " --server.tomcat.remoteip.internal-proxies=.*");

    private final boolean isCluster;
    private final String options;

    Surroundings(boolean isCluster, String options) {
      this.isCluster = isCluster;
      this.options = options;
    }

    /** The arguments of the program. */
    List<String> arguments() {
      return options.isEmpty() ? List.of() : List.of(options.split(" ", -1));
    }

    /** What a pod's environment has besides. */
    Map<String, String> variables() {
      return isCluster
          ? Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1", "KUBERNETES_SERVICE_PORT", "443")
          : Map.of();
    }
  }

  @TestFactory
  Stream<DynamicNode> noHeaderOpensAdministration() {
    return Stream.of(Surroundings.values())
        .map(surroundings ->
            dynamicContainer(
                surroundings.name(),
                Stream.of(false, true)
                    .map(keyless ->
                        dynamicTest(
                            "keyless administration " + keyless,
                            () -> claimsAreNotBelieved(surroundings, keyless)))));
  }

  private static void claimsAreNotBelieved(Surroundings surroundings, boolean keyless)
      throws IOException {
    try (var server = start(surroundings, "--resnet.access.keyless-administration=" + keyless)) {
      int port = port(server);
      assertThat(put(port, "localhost", PLAIN).status()).isEqualTo(keyless ? 202 : 403);
      assertThat(put(port, "127.0.0.1:" + port, PLAIN).status()).isEqualTo(keyless ? 202 : 403);
      for (String claim : CLAIMS) {
        assertThat(put(port, "localhost", claim).status()).as(claim).isEqualTo(403);
      }
      for (String host : FOREIGN_HOSTS) {
        assertThat(put(port, host, PLAIN).status()).as(host).isEqualTo(403);
        assertThat(put(port, host, "Origin: http://" + host).status()).as(host).isEqualTo(403);
      }
      assertThat(
              RawHttp.send("127.0.0.1", port, "DELETE /models/none HTTP/1.0\nHost: localhost")
                  .status())
          .as("nginx's protocol")
          .isEqualTo(403);
      assertThat(server.getBean(RecordedAdministration.class).told())
          .hasSize(keyless ? 2 : 0)
          .allMatch(told -> told.equals("load net null"));
    }
  }

  @TestFactory
  Stream<DynamicNode> noValueOfAHeaderIsADefectOfTheServer() {
    List<String> values =
        List.of(
            "unknown",
            "1.2.3.4:5678",
            "",
            ",",
            ", ,",
            "[::1]:80",
            "[::",
            "%",
            "\"",
            "for=",
            "=",
            ";",
            "for=\"[::1]:x\"",
            "_",
            "127.0.0.1 127.0.0.1",
            "é",
            "99999999999",
            "-1",
            "http",
            "//",
            "a b",
            "<script>",
            "x".repeat(3000),
            "localhost:99999",
            "0x7f000001",
            "*");
    List<String> names =
        List.of(
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Forwarded-Port",
            "X-Forwarded-Prefix",
            "X-Forwarded-Ssl",
            "Forwarded",
            "X-Real-IP",
            "Via",
            "Origin",
            "Authorization",
            "Cookie",
            "traceparent",
            "X-Request-Id",
            "Accept",
            "Content-Type",
            "Access-Control-Request-Method",
            "Access-Control-Request-Headers",
            "Range",
            "If-Modified-Since",
            "Expect");
    return Stream.of(Surroundings.values())
        .map(surroundings ->
            dynamicTest(
                surroundings.name(),
                () -> {
                  try (var server =
                      start(surroundings, "--resnet.cors.allowed-origins=https://a.example.com")) {
                    for (String name : names) {
                      for (String value : values) {
                        isNoDefect(port(server), "Host: localhost\n" + name + ": " + value);
                      }
                    }
                    for (String value : values) {
                      isNoDefect(port(server), "Host: " + value);
                    }
                  }
                }));
  }

  private static void isNoDefect(int port, String headers) throws IOException {
    for (String path :
        List.of("/models", "/swagger-ui.html", "/v3/api-docs/swagger-config", "/v2")) {
      Answer answer =
          RawHttp.send("127.0.0.1", port, "GET %s HTTP/1.1\n%s".formatted(path, headers));
      assertThat(answer.status()).as("%s with %s", path, headers).isLessThan(500);
    }
  }

  @Test
  void theUserOfTheServerAdministersWithTheFileThatItWrites() throws IOException {
    Path file;
    try (var server = start(Surroundings.DEFAULT, "--resnet.access.admin-key-dir=" + keys)) {
      int port = port(server);
      file = keys.resolve("admin-%d.header".formatted(port));
      String header = Files.readString(file).strip();

      assertThat(put(port, "localhost", header).status()).isEqualTo(202);
      assertThat(put(port, "anywhere", header + "\nX-Forwarded-For: 10.99.0.7").status())
          .as("a key says all")
          .isEqualTo(202);
      assertThat(put(port, "localhost", header + "x").status()).isEqualTo(401);
      Answer refusal = put(port, "localhost", PLAIN);
      assertThat(refusal.status()).isEqualTo(403);
      assertThat(refusal.text())
          .contains("application/problem+json")
          .contains("\"/problems/forbidden\"")
          .contains("finds one for this run in the file that the log names: curl -H @FILE.");
    }
    assertThat(file).as("it opens nothing any more").doesNotExist();
  }

  @Test
  void aServerWithKeysOrInProductionWritesNoFile() throws IOException {
    try (var server =
        start(
            Surroundings.DEFAULT,
            "--resnet.access.admin-key-dir=" + keys,
            "--resnet.access.keys[0].name=ask",
            "--resnet.access.keys[0].sha256=" + AccessTest.ASK)) {
      assertThat(put(port(server), "localhost", PLAIN).status()).isEqualTo(401);
    }
    try (var server =
        start(
            Surroundings.DEFAULT,
            "--spring.profiles.active=production",
            "--resnet.cache-dir=" + keys,
            "--resnet.access.anonymous=true")) {
      assertThat(put(port(server), "localhost", PLAIN).status()).isEqualTo(403);
    }
    assertThat(keys).isEmptyDirectory();
  }

  @Test
  void aServerGoesOnWhereNoFileCanBeWritten() throws IOException {
    Path notAFolder = Files.createFile(keys.resolve("file"));
    try (var server = start(Surroundings.DEFAULT, "--resnet.access.admin-key-dir=" + notAFolder)) {
      assertThat(put(port(server), "localhost", PLAIN).status()).isEqualTo(403);
      assertThat(RawHttp.send("127.0.0.1", port(server), "GET /models HTTP/1.1\nHost: x").status())
          .isEqualTo(200);
    }
  }

  private static Answer put(int port, String host, String header) throws IOException {
    return RawHttp.send(
        "127.0.0.1", port, "PUT /models/net HTTP/1.1\nHost: %s\n%s".formatted(host, header));
  }

  private static ConfigurableApplicationContext start(
      Surroundings surroundings, String... options) {
    SpringApplication application =
        new SpringApplication(ServingConfiguration.class, GatedModel.class);
    application.setEnvironment(environment(surroundings.variables()));
    List<String> arguments = new ArrayList<>(surroundings.arguments());
    arguments.addAll(
        List.of("--server.port=0", "--spring.grpc.server.port=0", "--resnet.default-model=net"));
    arguments.addAll(List.of(options));
    return application.run(arguments.toArray(String[]::new));
  }

  private static StandardServletEnvironment environment(Map<String, String> variables) {
    StandardServletEnvironment environment = new StandardServletEnvironment();
    Map<String, Object> all = new HashMap<>(System.getenv());
    all.putAll(variables);
    String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
    environment.getPropertySources().replace(name, new SystemEnvironmentPropertySource(name, all));
    return environment;
  }

  private static int port(ConfigurableApplicationContext server) {
    return Integer.parseInt(server.getEnvironment().getProperty("local.server.port", ""));
  }
}
