package io.github.resnetserving;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells in a sentence, not in a stack trace, which setting does not exist. */
final class UnknownSettingFailureAnalyzer extends AbstractFailureAnalyzer<UnknownSettingException> {

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable rootFailure, UnknownSettingException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()),
        "Correct the name, or remove it. docs/configuration.md lists all settings.",
        cause);
  }
}
