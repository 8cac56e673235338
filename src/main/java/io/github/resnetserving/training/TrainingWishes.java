package io.github.resnetserving.training;

import io.github.resnetserving.graph.ArchitectureOptions;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a person says about a training; null for what is to be chosen.
 *
 * @param from a model, a weights file, or {@link #NONE} for random weights
 * @param architecture of a network with random weights
 * @param options what that network varies in
 * @param imageSize side in pixels
 * @param recipe name or file
 * @param overrides fields of the recipe, as JSON or as words
 * @param minutes that training may take where the number of epochs is to be chosen
 */
public record TrainingWishes(
    @Nullable String from,
    @Nullable String architecture,
    ArchitectureOptions options,
    @Nullable Integer imageSize,
    @Nullable String recipe,
    Map<String, String> overrides,
    double minutes) {

  static final String NONE = "none";

  /** Copies the map. */
  public TrainingWishes {
    overrides = Map.copyOf(overrides);
    if (!(minutes > 0)) {
      throw new IllegalArgumentException("minutes is %s: it must be above 0".formatted(minutes));
    }
  }

  /**
   * Reads the recipe, so that a wrong one is told before any image is looked at.
   *
   * @throws IOException it cannot be read, or a field has no such value
   */
  public void checkRecipe() throws IOException {
    Recipes.read(recipe == null ? "default" : recipe, overrides);
  }

  /** The same for the same wishes. */
  @Override
  public String toString() {
    return "from %s, arch %s%s, image size %s, recipe %s, %s, %s minutes"
        .formatted(
            from,
            architecture,
            options.describe(),
            imageSize,
            recipe,
            new TreeMap<>(overrides),
            minutes);
  }
}
