package io.github.resnetserving.cli;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.model.ModelSpec;
import java.io.IOException;

/** Turns a model's files into an engine that is warm. */
@FunctionalInterface
public interface ModelLoader {

  /**
   * Checks the weights against their digest, reads and loads them.
   *
   * @throws IOException if the files are not those of a network that runs here
   */
  InferenceEngine load(ModelSpec spec, EngineOptions options) throws IOException, EngineException;
}
