package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.ExternalProgram.Run;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two machines, as far as the kernel is concerned: a server in one network namespace, which
 * believes proxies and takes itself to be in a cluster, and a client in another, joined by a
 * virtual cable.
 */
@Timeout(180)
class NetworkNamespaceTest {

  private static final String SERVER = "resnet-server-" + ProcessHandle.current().pid();
  private static final String CLIENT = "resnet-client-" + ProcessHandle.current().pid();
  private static final String ADDRESS = "10.99.0.1:8080";

  @TempDir private static Path folder;
  private static @Nullable Process server;

  @BeforeAll
  static void joinTwoNamespaces() throws Exception {
    Run made = ip("netns", "add", SERVER);
    assumeTrue(
        made.succeeded(), "skipped: network namespaces need root and iproute2: " + made.output());
    for (String command :
        List.of(
            "netns add " + CLIENT,
            "link add server0 netns %s type veth peer name client0 netns %s"
                .formatted(SERVER, CLIENT),
            "-n %s addr add 10.99.0.1/24 dev server0".formatted(SERVER),
            "-n %s addr add 10.99.0.7/24 dev client0".formatted(CLIENT),
            "-n %s link set lo up".formatted(SERVER),
            "-n %s link set server0 up".formatted(SERVER),
            "-n %s link set client0 up".formatted(CLIENT))) {
      Run run = ip(command.split(" "));
      assertThat(run.status()).as("%s: %s", command, run.output()).isZero();
    }
    server = start();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> curl(SERVER, "http://127.0.0.1:8080/readyz").equals("200"));
  }

  private static Process start() throws Exception {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    ProcessBuilder builder =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                SERVER,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes,
                ResNetServing.class.getName(),
                "serve",
                "--offline",
                "--port=8080",
                "--spring.grpc.server.enabled=false",
                "--server.forward-headers-strategy=native",
                "--resnet.access.keyless-administration=true",
                "--resnet.access.admin-key-dir=" + folder)
            .redirectErrorStream(true)
            .redirectOutput(new File(folder.toFile(), "server.log"));
    builder
        .environment()
        .putAll(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1", "KUBERNETES_SERVICE_PORT", "443"));
    return builder.start();
  }

  @AfterAll
  static void takeThemApart() throws InterruptedException {
    if (server != null) {
      server.destroy();
      server.waitFor();
    }
    ip("netns", "del", SERVER);
    ip("netns", "del", CLIENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Nothing: x",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-For: ::1",
        "X-Forwarded-For: localhost",
        "X-Forwarded-For: unknown",
        "X-Forwarded-For: 1.2.3.4:5678",
        "X-Forwarded-For: 127.0.0.1, 127.0.0.1",
        "Forwarded: for=127.0.0.1",
        "X-Real-IP: 127.0.0.1",
        "Host: localhost",
        "Host: 127.0.0.1:8080"
      })
  void noHeaderMakesAnotherMachineThisOne(String header) throws Exception {
    for (String method : List.of("PUT", "DELETE")) {
      assertThat(curl(CLIENT, "-X", method, "-H", header, "http://" + ADDRESS + "/models/none"))
          .as(method)
          .isEqualTo("403");
    }
    assertThat(curl(CLIENT, "-H", header, "http://" + ADDRESS + "/models")).isEqualTo("200");
  }

  @Test
  void theMachineItselfAndTheKeysOwnerAdminister() throws Exception {
    String key = "@" + folder.resolve("admin-8080.header");

    assertThat(curl(SERVER, "-X", "DELETE", "http://127.0.0.1:8080/models/none"))
        .as("it may, and there is none")
        .isEqualTo("404");
    assertThat(curl(SERVER, "-X", "DELETE", "http://" + ADDRESS + "/models/none"))
        .as("by its other address")
        .isEqualTo("403");
    assertThat(curl(CLIENT, "-H", key, "-X", "DELETE", "http://" + ADDRESS + "/models/none"))
        .isEqualTo("404");
    assertThat(Files.readString(folder.resolve("server.log"))).doesNotContain("\tat ");
  }

  /** The status of an answer to curl in a namespace. */
  private static String curl(String namespace, String... arguments) throws InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("ip", "netns", "exec", namespace, "curl", "-s", "--noproxy", "*"));
    command.addAll(List.of("-o", "/dev/null", "-w", "%{http_code}"));
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new)).output();
  }

  private static Run ip(String... arguments) throws InterruptedException {
    return run(Stream.concat(Stream.of("ip"), Stream.of(arguments)).toArray(String[]::new));
  }

  private static Run run(String... command) throws InterruptedException {
    return ExternalProgram.run(Path.of("."), Map.of(), Duration.ofSeconds(30), command);
  }
}
