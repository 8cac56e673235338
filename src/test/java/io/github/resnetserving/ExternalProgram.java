package io.github.resnetserving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs that tests need and that may not be installed. */
final class ExternalProgram {

  private ExternalProgram() {}

  /**
   * What became of a program.
   *
   * @param status the exit code; -1 where the program is not there or took too long
   * @param output both streams, without white space around
   */
  record Run(int status, String output) {

    boolean succeeded() {
      return status == 0;
    }
  }

  static Run run(Path folder, Map<String, String> environment, Duration limit, String... command)
      throws InterruptedException {
    try {
      Path log = Files.createTempFile("program", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(List.of(command))
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      boolean ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      String output = Files.readString(log).strip();
      Files.delete(log);
      return ended
          ? new Run(process.exitValue(), output)
          : new Run(-1, "ended after %s: %s".formatted(limit, output));
    } catch (IOException e) { // there is no such program
      return new Run(-1, String.valueOf(e.getMessage()));
    }
  }
}
