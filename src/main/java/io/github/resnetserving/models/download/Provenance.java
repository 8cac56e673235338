package io.github.resnetserving.models.download;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a model's weights are published: the file {@code source.json} in its folder.
 *
 * @param url the address without a mirror
 * @param commit the hub's commit; null where there is none
 */
record Provenance(@JsonProperty("url") URI url, @JsonProperty("commit") @Nullable String commit) {

  static final String FILE = "source.json";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Of a model's folder; nothing if it was not fetched. */
  static Optional<Provenance> read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(Files.readString(file), Provenance.class));
    } catch (JacksonException _) {
      return Optional.empty(); // a file that was not fetched
    }
  }

  byte[] toJson() {
    return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
