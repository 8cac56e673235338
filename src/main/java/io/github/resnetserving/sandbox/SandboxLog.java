package io.github.resnetserving.sandbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lines that the sandbox logs. They belong to the operator: clients are told less. */
final class SandboxLog {

  private static final Logger log = LoggerFactory.getLogger(ImageSandbox.class);

  private SandboxLog() {}

  static void started(Helper helper) {
    log.info(
        "a decoder process is ready after {} ms: {}",
        helper.startNanos() / 1_000_000,
        helper.confinement());
  }

  /** Images can make helpers end, so a line for each must be cheap: no stack. */
  static void ended(HelperEnd end, int exitCode, Exception cause, ErrorText errors) {
    log.warn(
        "a decoder process ended while it had an image: {}, exit code {} ({}); it wrote: {}",
        end,
        exitCode,
        cause.getMessage(),
        errors);
  }

  static void notStarted(Exception cause, long nextSeconds) {
    log.error(
        "no decoder process can be started: {}; images of rare formats are answered 503, and it is"
            + " tried again after {} s",
        cause.getMessage(),
        nextSeconds);
  }

  static void unkillable(long pid) {
    log.error("the decoder process {} was killed and has not ended", pid);
  }
}
