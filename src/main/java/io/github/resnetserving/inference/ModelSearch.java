package io.github.resnetserving.inference;

import io.github.resnetserving.models.ModelSpec;

/** Which model would answer a request. */
public sealed interface ModelSearch {

  /** This one, as far as can be told now. */
  record Found(ModelSpec spec) implements ModelSearch {}

  /** None. */
  record Missing(Failure failure) implements ModelSearch {}
}
