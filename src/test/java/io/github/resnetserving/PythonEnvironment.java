package io.github.resnetserving;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.ExternalProgram.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A Python with packages from PyPI, in an environment under {@code target} that is made once for
 * each list of packages. Tests that need one are skipped where it cannot be made.
 */
final class PythonEnvironment {

  /** Where programs and lists of packages are. */
  static final Path SOURCES = Path.of("src/test/python").toAbsolutePath();

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Path home;

  private PythonEnvironment(Path home) {
    this.home = home;
  }

  /** The environment with the packages of {@code requirements-NAME.txt}. */
  static PythonEnvironment of(String name) throws IOException, InterruptedException {
    Path requirements = SOURCES.resolve("requirements-%s.txt".formatted(name));
    PythonEnvironment python =
        new PythonEnvironment(Path.of("target", name + "-venv").toAbsolutePath());
    Path installed = python.home.resolve("installed.txt");
    String wanted = Files.readString(requirements);
    if (Files.exists(installed) && Files.readString(installed).equals(wanted)) {
      return python;
    }
    Run made =
        ExternalProgram.run(
            SOURCES, Map.of(), LIMIT, "python3", "-m", "venv", "--clear", python.home.toString());
    assumeTrue(made.succeeded(), "skipped: python3 cannot make an environment: " + made.output());
    Run filled =
        python.run(
            Map.of(),
            LIMIT,
            "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--requirement",
            requirements.toString());
    assumeTrue(
        filled.succeeded(),
        "skipped: the packages for %s cannot be installed: %s".formatted(name, filled.output()));
    Files.writeString(installed, wanted);
    return python;
  }

  /** Where its programs are. */
  Path programs() {
    return home.resolve("bin");
  }

  /** Runs one of the environment's programs, in a new folder, so that no run knows of another. */
  Run run(Map<String, String> environment, Duration limit, String program, String... arguments)
      throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = home.resolve("bin").resolve(program).toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return ExternalProgram.run(Files.createTempDirectory(home, "run"), environment, limit, command);
  }
}
