package io.github.resnetserving.training;

import io.github.resnetserving.models.ModelRepository;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What was chosen for a run, in its folder: a run that goes on must not choose anew, since its
 * warm-up would take another time.
 */
final class PlanFile {

  private static final String NAME = "plan.json";
  private static final JsonMapper JSON = new JsonMapper();

  private final Path file;
  private final TrainingWishes wishes;

  PlanFile(Path folder, TrainingWishes wishes) {
    this.file = folder.resolve(NAME);
    this.wishes = wishes;
  }

  static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(NAME));
  }

  void write(TrainingPlan plan) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("wishes", wishes.toString());
    json.put("start", plan.start().name());
    json.put("trained", plan.start().isTrained());
    json.put("from", plan.start().weights().map(String::valueOf).orElse(""));
    json.put("image_size", plan.preprocessing().crop());
    json.put("recipe_name", plan.recipeName());
    json.put("minutes_per_epoch", plan.minutesPerEpoch());
    json.set("recipe", JSON.readTree(Recipes.json(plan.recipe())));
    var reasons = json.putArray("reasons");
    plan.reasons().forEach(reasons::add);
    Path part = file.resolveSibling(".plan.json.part");
    Files.writeString(part, json.toPrettyString());
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  Optional<TrainingPlan> read(ModelRepository repository, int classes) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode json;
    try {
      json = JSON.readTree(Files.readString(file));
    } catch (JacksonException e) {
      throw new IOException("%s is no JSON: remove it, to begin anew".formatted(file), e);
    }
    if (!json.path("wishes").asString("").equals(wishes.toString())) {
      throw new IOException(
          "%s belongs to another run (%s) than this one (%s): remove %s, or choose another --run-dir"
              .formatted(file, json.path("wishes").asString(""), wishes, file.getParent()));
    }
    String name = json.path("start").asString("");
    StartingPoint start =
        json.path("trained").asBoolean(false)
            ? StartingPoint.named(fileOr(name, json), repository, classes)
            : StartingPoint.random(name, wishes.options(), classes);
    List<String> reasons = json.path("reasons").valueStream().map(JsonNode::asString).toList();
    return Optional.of(
        new TrainingPlan(
            start,
            start.sized(json.path("image_size").asInt(0)),
            json.path("recipe_name").asString(""),
            Recipes.ofJson(json.path("recipe").toString()),
            json.path("minutes_per_epoch").asDouble(0),
            reasons));
  }

  /** A weights file that is no model's is found by its path. */
  private static String fileOr(String name, JsonNode json) {
    String from = json.path("from").asString("");
    Path weights = from.startsWith("file:") ? Path.of(URI.create(from)) : Path.of(name);
    boolean model = Files.exists(weights.resolveSibling("model.json"));
    return model || !from.startsWith("file:") ? name : weights.toString();
  }

  void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
