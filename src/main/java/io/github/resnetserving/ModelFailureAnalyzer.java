package io.github.resnetserving;

import io.github.resnetserving.model.ModelException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells in a sentence, not in a stack trace, why the configured models cannot be served. */
final class ModelFailureAnalyzer extends AbstractFailureAnalyzer<ModelException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, ModelException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()),
        "Name models that are there, or say where they lie with --models-dir.",
        cause);
  }
}
