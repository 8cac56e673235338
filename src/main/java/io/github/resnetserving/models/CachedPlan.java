package io.github.resnetserving.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a cache knows of a plan that it holds.
 *
 * @param archive digest of the plan's file, 64 lower-case hexadecimal digits
 * @param report which plan it is, and what it was measured against
 */
public record CachedPlan(
    @JsonProperty("archive") String archive, @JsonProperty("report") PlanReport report) {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /**
   * Reads a cache's file.
   *
   * @throws IOException if it cannot be read, or was written by another release
   */
  public static CachedPlan read(Path file) throws IOException {
    try {
      return JSON.readValue(Files.readString(file), CachedPlan.class);
    } catch (JacksonException e) {
      throw new IOException("%s: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  /** Writes a cache's file. */
  public void write(Path file) throws IOException {
    Files.writeString(file, JSON.writeValueAsString(this) + "\n");
  }
}
