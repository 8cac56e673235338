package io.github.resnetserving.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ManifestSchemaTest {

  private final JsonNode schema =
      JsonMapper.shared().readTree(Path.of("docs/model.schema.json").toFile());

  @Test
  void thePublishedSchemaHasTheFieldsThatAreRead() {
    assertThat(schema.get("properties").propertyNames())
        .containsExactlyElementsOf(fields(ModelManifest.class));
    assertThat(schema.at("/properties/preprocessing/properties").propertyNames())
        .containsExactlyElementsOf(fields(ModelManifest.Wire.class));
  }

  private static List<String> fields(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(component -> component.getAccessor().getAnnotation(JsonProperty.class).value())
        .toList();
  }
}
