package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.RawHttp.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;

/** What an administrator is told of a model whose files are there and of no use. */
@Timeout(120)
class UnusableModelTest {

  private static final Map<String, String> BROKEN =
      Map.of(
          "cut", "{\"architecture\": \"resnet18\", ",
          "text", "resnet18",
          "empty", "",
          "list", "[]",
          "bare", "{}",
          "number", "{\"architecture\": 18}",
          "unknown", "{\"architecture\": \"resnet19\", \"weights\": \"w.safetensors\"}",
          "outside", "{\"architecture\": \"resnet18\", \"weights\": \"../../../etc/passwd\"}");

  @TempDir private Path models;
  @TempDir private Path keys;

  @Test
  void theAnswerSaysWhichFileIsWrongAndWhy() throws IOException {
    for (var broken : BROKEN.entrySet()) {
      Path folder = Files.createDirectories(models.resolve(broken.getKey()).resolve("1"));
      Files.writeString(folder.resolve("model.json"), broken.getValue());
    }
    try (var server =
        SpringApplication.run(
            ResNetServing.class,
            "--server.port=0",
            "--resnet.models-dir=" + models,
            "--resnet.offline=true",
            "--resnet.access.admin-key-dir=" + keys)) {
      String port = server.getEnvironment().getProperty("local.server.port", "");
      String header = Files.readString(keys.resolve("admin-%s.header".formatted(port)));
      for (String name : BROKEN.keySet()) {
        Answer answer =
            RawHttp.send(
                "127.0.0.1",
                Integer.parseInt(port),
                "PUT /models/%s HTTP/1.1\nHost: x\n%s".formatted(name, header));

        assertThat(answer.status()).as("%s: %s", name, answer.text()).isEqualTo(422);
        assertThat(answer.text())
            .contains("\"type\":\"/problems/unusable-model\"")
            .contains("\"detail\":\"The model %s cannot be loaded: ".formatted(name))
            .contains("model.json")
            .doesNotContain("There is no model");
      }
      Answer none =
          RawHttp.send(
              "127.0.0.1",
              Integer.parseInt(port),
              "PUT /models/nought HTTP/1.1\nHost: x\n" + header);
      assertThat(none.status()).isEqualTo(404);
      assertThat(none.text()).contains("There is no model nought. There are: cifar10-resnet20.");
    }
  }
}
