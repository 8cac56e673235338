package io.github.resnetserving.inference;

import io.github.resnetserving.models.ModelSpec;

/** Where a model stands between being configured and answering. */
public sealed interface ModelState {

  /** The model's name. */
  String name();

  /** A version that is on this machine. */
  sealed interface Local extends ModelState {

    /** What the model is. */
    ModelSpec spec();

    @Override
    default String name() {
      return spec().name();
    }
  }

  /**
   * On its way to this machine; which version it is will show.
   *
   * @param bytes what has come of the file that is coming
   * @param total its size; −1 where that is not known
   */
  record Fetching(String name, long bytes, long total) implements ModelState {}

  /**
   * Could not be fetched.
   *
   * @param reason for the operator
   * @param again whether it will be tried again
   */
  record Unfetched(String name, String reason, boolean again) implements ModelState {}

  /** Being made ready. */
  record Starting(ModelSpec spec, Phase phase) implements Local {

    /** What is being done. */
    public enum Phase {
      LOADING,
      WARMING
    }
  }

  /** Answers requests. */
  record Ready(ServedModel model) implements Local {

    @Override
    public ModelSpec spec() {
      return model.spec();
    }
  }

  /**
   * Cannot answer.
   *
   * @param reason for the operator; names no path
   */
  record Failed(ModelSpec spec, String reason) implements Local {}
}
