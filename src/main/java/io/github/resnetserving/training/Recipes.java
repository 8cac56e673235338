package io.github.resnetserving.training;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Recipes as JSON: those inside the program by their names, and files. */
public final class Recipes {

  /** The recipes inside the program. */
  public static final List<String> NAMES =
      List.of(
          "default",
          "progressive",
          "fine-tune",
          "keras-fine-tune",
          "he2015",
          "he2015-cifar",
          "cifar");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /** What {@code kind} alone means. */
  private static final Map<String, String> KINDS =
      Map.of(
          "one-cycle", "{\"kind\": \"one-cycle\", \"warmup\": 0.25}",
          "cosine", "{\"kind\": \"cosine\", \"warmup\": 0.05}",
          "plateau", "{\"kind\": \"plateau\", \"factor\": 0.1, \"patience\": 3}",
          "inverse", "{\"kind\": \"inverse\", \"decay\": 1e-6}");

  private Recipes() {}

  /**
   * Reads a recipe.
   *
   * @param name of one inside the program, or a file that ends in {@code .json}
   * @param overrides fields, each as JSON or as a word
   * @throws IOException if there is none, or a field is unknown or has no such value
   */
  public static Recipe read(String name, Map<String, String> overrides) throws IOException {
    try {
      JsonNode tree = JSON.readTree(text(name));
      if (!(tree instanceof ObjectNode fields)) {
        throw new IOException("the recipe %s is no JSON object".formatted(name));
      }
      overrides.forEach((field, value) -> fields.set(field, value(field, value)));
      return JSON.treeToValue(fields, Recipe.class);
    } catch (JacksonException e) {
      throw new IOException(
          "the recipe %s cannot be taken: %s".formatted(name, e.getOriginalMessage()), e);
    }
  }

  private static JsonNode value(String field, String text) {
    boolean kind = List.of("schedule", "optimizer").contains(field) && !text.startsWith("{");
    if (kind) {
      String known = KINDS.get(text);
      return known != null ? JSON.readTree(known) : JSON.createObjectNode().put("kind", text);
    }
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      return JSON.getNodeFactory().stringNode(text); // refused where it must be a number
    }
  }

  private static String text(String name) throws IOException {
    if (name.endsWith(".json")) {
      return Files.readString(Path.of(name));
    }
    if (!NAMES.contains(name)) {
      throw new IOException(
          "there is no recipe \"%s\": take %s, or a file that ends in .json"
              .formatted(name, String.join(", ", NAMES)));
    }
    try (InputStream in = Recipes.class.getResourceAsStream("/recipes/" + name + ".json")) {
      if (in == null) {
        throw new IOException("the recipe %s is missing from the program".formatted(name));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A recipe as {@link #read} reads it. */
  static String json(Recipe recipe) {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(recipe);
  }

  static Recipe ofJson(String text) {
    return JSON.readValue(text, Recipe.class);
  }
}
