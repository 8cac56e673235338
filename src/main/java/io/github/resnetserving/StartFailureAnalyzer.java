package io.github.resnetserving;

import io.github.resnetserving.SettingsCheck.UnknownSettingException;
import io.github.resnetserving.auth.AccessConfiguration.ExposedServerException;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.models.ModelException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Tells in a sentence, not in a stack trace, why the server cannot start, and what to do. */
final class StartFailureAnalyzer implements FailureAnalyzer {

  @Override
  public @Nullable FailureAnalysis analyze(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      switch (each) {
        case ModelException e -> {
          return told(e, "Name models that are there, or say where they lie with --models-dir.");
        }
        case ExposedServerException e -> {
          return told(
              e,
              "Make a key with the command keys new and configure it, or listen on this machine"
                  + " alone (server.address=127.0.0.1), or say resnet.access.anonymous=true"
                  + " (RESNET_ACCESS_ANONYMOUS) where something else keeps strangers out.");
        }
        case EngineException e -> {
          return told(e, null);
        }
        case UnknownSettingException e -> {
          return told(
              e, "Correct the name, or remove it. docs/configuration.md lists all settings.");
        }
        default -> {}
      }
    }
    return null;
  }

  private static FailureAnalysis told(Throwable cause, @Nullable String action) {
    return new FailureAnalysis(String.valueOf(cause.getMessage()), action, cause);
  }
}
