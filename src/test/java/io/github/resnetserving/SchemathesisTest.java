package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.ExternalProgram.Run;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Schemathesis, from PyPI, asks what the API documents allow and what they forbid, with a key that
 * may infer but not administer: no 5xx, no status, header, type or body that is not documented.
 */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.access.keys[0].name=ask",
      "resnet.access.keys[0].sha256=" + AccessTest.ASK
    })
@Timeout(600)
class SchemathesisTest {

  @LocalServerPort private int port;

  @Test
  void nothingIsAnsweredThatIsNotDocumented() throws Exception {
    PythonEnvironment python = PythonEnvironment.of("schemathesis");

    Run run =
        python.run(
            Map.of(
                "TEST_IMAGES",
                Path.of("src/test/resources/images").toAbsolutePath().toString(),
                "PYTHONPATH",
                PythonEnvironment.SOURCES.toString(),
                "PYTHONDONTWRITEBYTECODE",
                "1"),
            Duration.ofMinutes(4),
            "schemathesis",
            "--no-color",
            "--config-file",
            PythonEnvironment.SOURCES.resolve("schemathesis.toml").toString(),
            "run",
            "--header=Authorization: Bearer ask-key",
            "http://localhost:%d/v3/api-docs".formatted(port));

    assertThat(run.status()).as(run.output()).isZero();
  }
}
