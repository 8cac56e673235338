package io.github.resnetserving;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells what to do about a server that would let everyone in. */
final class ExposureFailureAnalyzer extends AbstractFailureAnalyzer<ExposedServerException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, ExposedServerException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()),
        "Make a key with the command keys new and configure it, or listen on this machine alone"
            + " (server.address=127.0.0.1), or say resnet.access.anonymous=true"
            + " (RESNET_ACCESS_ANONYMOUS) where something else keeps strangers out.",
        cause);
  }
}
