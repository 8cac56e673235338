package io.github.resnetserving.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The arguments of KServe's runtime, on a folder as its storage initializer leaves it. */
@NeedsImage
class KServeRuntimeIT {

  private static final Path RUNTIME = Path.of("k8s/kserve/clusterservingruntime.yaml");
  private static final Path MODEL = Path.of("models/cifar10-resnet20/1");

  @TempDir private Path folder;

  @Test
  void aModelRightInTheMountedFolderIsServedUnderTheServicesName() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String file : List.of("model.json", "weights.safetensors", "labels.csv")) {
      Files.copy(MODEL.resolve(file), folder.resolve(file));
    }
    JsonMapper json = new JsonMapper();
    JsonNode runtime = json.valueToTree(new Yaml().load(Files.readString(RUNTIME)));
    String[] arguments =
        runtime
            .at("/spec/containers/0/args")
            .valueStream()
            .map(argument -> argument.asString().replace("{{.Name}}", "images"))
            .toArray(String[]::new);

    try (ServiceContainer service =
        new ServiceContainer().withMounted(folder, "/mnt/models").withCommand(arguments)) {
      service.start();

      assertThat(service.get("/v2/models/images/ready").statusCode()).isEqualTo(200);
      assertThat(
              json.readTree(service.post("/classify", ServiceContainer.PHOTO).body())
                  .at("/model/name")
                  .asString())
          .isEqualTo("images");
      assertThat(service.get("/v2/models/cifar10-resnet20/ready").statusCode())
          .as("nothing but what was asked for")
          .isNotEqualTo(200);
    }
  }
}
