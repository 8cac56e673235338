package io.github.resnetserving.http;

import org.jspecify.annotations.Nullable;

/** Loads and unloads models while the server runs. Thread-safe. */
public interface ModelAdministration {

  /**
   * Begins to load a model, fetching it first if need be, and to withdraw its other versions once
   * it answers.
   *
   * @param version null for the newest
   * @return false if there is none, neither here nor among those that can be fetched
   */
  boolean load(String name, @Nullable String version);

  /**
   * Begins to withdraw every version of a model.
   *
   * @return false if none answers
   */
  boolean unload(String name);
}
