package io.github.resnetserving;

import io.github.resnetserving.engine.EngineException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells in a sentence, not in a stack trace, that the configured device is not there. */
final class EngineFailureAnalyzer extends AbstractFailureAnalyzer<EngineException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, EngineException cause) {
    return new FailureAnalysis(String.valueOf(cause.getMessage()), null, cause);
  }
}
