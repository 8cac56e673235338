package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.logging.LoggingSystemProperty;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
@Timeout(60)
class StructuredLogsTest {

  private static final String TRACE = "8bf92f3577b34da6a3ce929d0e0e4736";

  private final JsonMapper json = JsonMapper.shared();

  /** The process has one logging system, which the first of several applications configures. */
  @BeforeEach
  @AfterEach
  void noApplicationHasConfiguredLogging() {
    LoggingSystem.get(getClass().getClassLoader()).cleanUp();
    System.clearProperty(
        LoggingSystemProperty.CONSOLE_STRUCTURED_FORMAT.getEnvironmentVariableName());
  }

  @Test
  void everyLineOfARequestHasItsIdAndItsTrace(CapturedOutput output) throws Exception {
    try (ConfigurableApplicationContext context =
            SpringApplication.run(
                new Class<?>[] {ServingConfiguration.class, GatedModel.class},
                new String[] {
                  "--server.port=0",
                  "--resnet.default-model=net",
                  "--logging.structured.format.console=ecs",
                  "--logging.level.io.github.resnetserving.rest.AccessLogFilter=debug"
                });
        HttpClient client = HttpClient.newHttpClient()) {
      context.getBean(GatedModel.Gate.class).broken(true);
      String port = context.getEnvironment().getProperty("local.server.port");

      int status =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://localhost:%s/classify".formatted(port)))
                      .header("X-Request-Id", "broken-1")
                      .header("traceparent", "00-%s-00f067aa0ba902b7-01".formatted(TRACE))
                      .POST(BodyPublishers.ofByteArray(ServingTest.jpeg()))
                      .build(),
                  BodyHandlers.discarding())
              .statusCode();

      assertThat(status).isEqualTo(500);
      await().until(() -> lines(output).size() == 2); // the second follows the answer
    }
    JsonNode failure = lines(output).getFirst();
    assertThat(failure.get("message").asString()).isEqualTo("/classify failed");
    assertThat(failure.toString()).contains("broken on purpose").contains(TRACE);
    assertThat(failure.get("request_id").asString()).isEqualTo("broken-1");
    JsonNode access = lines(output).getLast();
    assertThat(access.get("message").asString())
        .matches(
            "POST /classify 500 in \\d+ ms: The image could not be processed because of a defect"
                + " in the server\\.");
    assertThat(access.get("status").asInt()).isEqualTo(500);
    assertThat(access.get("request_id").asString()).isEqualTo("broken-1");
    assertThat(access.toString()).contains(TRACE);
  }

  private List<JsonNode> lines(CapturedOutput output) {
    return output
        .getOut()
        .lines()
        .filter(line -> line.contains("\"broken-1\""))
        .map(json::readTree)
        .toList();
  }
}
