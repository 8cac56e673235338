package io.github.resnetserving.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The beginning of what a process writes on standard error; the rest is read and forgotten. */
final class ErrorText {

  private static final int KEPT_BYTES = 2000;

  private volatile String text = "";

  private ErrorText() {}

  /** Reads until the process ends, on a thread of its own. */
  static ErrorText of(Process process) {
    ErrorText errors = new ErrorText();
    InputStream stream = process.getErrorStream();
    Thread.ofPlatform().daemon().name("sandbox-errors").start(() -> errors.read(stream));
    return errors;
  }

  private void read(InputStream stream) {
    try (stream) {
      byte[] beginning = new byte[KEPT_BYTES];
      int length = 0;
      for (int read = 0; read >= 0 && length < KEPT_BYTES; ) {
        length += read;
        text = new String(beginning, 0, length, StandardCharsets.UTF_8).strip();
        read = stream.read(beginning, length, KEPT_BYTES - length);
      }
      stream.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The process has ended.
    }
  }

  /** On one line, without control characters. */
  @Override
  public String toString() {
    return text.isEmpty() ? "nothing" : text.replaceAll("\\s*\\R\\s*", " | ").replaceAll("\\p{Cntrl}", "?");
  }
}
