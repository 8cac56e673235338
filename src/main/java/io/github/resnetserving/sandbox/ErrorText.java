package io.github.resnetserving.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The beginning of what a process writes on standard error; the rest is read and forgotten. */
final class ErrorText {

  private static final int KEPT_BYTES = 2000;

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Thread reader;
  private volatile String text = "";

  /** Reads until the process ends, on a thread of its own. */
  ErrorText(Process process) {
    InputStream stream = process.getErrorStream();
    reader = Thread.ofPlatform().daemon().name("sandbox-errors").unstarted(() -> read(stream));
    reader.start();
  }

  /** Waits until all is read that a process wrote which has ended. */
  void awaitEnd() throws InterruptedException {
    var _ = reader.join(PATIENCE);
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
      stream.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The process has ended.
    }
  }

  /** On one line, without control characters. */
  @Override
  public String toString() {
    return text.isEmpty()
        ? "nothing"
        : text.replaceAll("\\s*\\R\\s*", " | ").replaceAll("\\p{Cntrl}", "?");
  }
}
