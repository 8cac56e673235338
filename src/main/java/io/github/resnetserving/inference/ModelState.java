package io.github.resnetserving.inference;

import io.github.resnetserving.model.ModelSpec;

/** Where a model stands between being configured and answering. */
public sealed interface ModelState {

  /** What the model is. */
  ModelSpec spec();

  /** On its way. */
  record Starting(ModelSpec spec, Phase phase) implements ModelState {

    /** What is being done. */
    public enum Phase {
      FETCHING,
      LOADING,
      WARMING
    }
  }

  /** Answers requests. */
  record Ready(ServedModel model) implements ModelState {

    @Override
    public ModelSpec spec() {
      return model.spec();
    }
  }

  /**
   * Cannot answer.
   *
   * @param reason for whoever runs the server; names no path
   */
  record Failed(ModelSpec spec, String reason) implements ModelState {}
}
