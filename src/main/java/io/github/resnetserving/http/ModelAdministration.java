package io.github.resnetserving.http;

import org.jspecify.annotations.Nullable;

/** Loads and unloads models while the server runs. Thread-safe. */
public interface ModelAdministration {

  /**
   * Begins to load a model, fetching it first if need be, and to withdraw its other versions once
   * it answers.
   *
   * @param version null for the newest
   */
  Loading load(String name, @Nullable String version);

  /** What became of an order to load a model. */
  sealed interface Loading {

    /** The model is being loaded. */
    record Begun() implements Loading {}

    /** There is no such model or version, neither here nor among those that can be fetched. */
    record Unknown() implements Loading {}

    /**
     * The model's files are here and cannot be used.
     *
     * @param reason which file, and what is wrong with it
     */
    record Unusable(String reason) implements Loading {}
  }

  /**
   * Begins to withdraw every version of a model.
   *
   * @return false if none answers
   */
  boolean unload(String name);
}
