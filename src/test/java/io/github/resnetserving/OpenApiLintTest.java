package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.ExternalProgram.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Spectral, from npm, finds nothing to complain of in {@code openapi.yaml}. */
class OpenApiLintTest {

  private static final Path SOURCES = Path.of("src/test/npm/openapi-lint");
  private static final Path HOME = Path.of("target/openapi-lint");
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @Test
  void theLinterHasNoErrorsAndNoWarnings() throws Exception {
    assumeTrue(
        run("npm", "--version").succeeded(), "skipped: npm is not installed (Debian: nodejs npm)");
    install();

    Run lint =
        run(
            "node_modules/.bin/spectral",
            "lint",
            "--fail-severity=hint",
            "--ruleset=ruleset.yaml",
            OpenApiTest.DOCUMENT.toAbsolutePath().toString());

    assertThat(lint.output()).startsWith("No results with a severity of 'hint' or higher found!");
    assertThat(lint.status()).isZero();
  }

  /** Once for each list of packages. */
  private static void install() throws Exception {
    Path lock = SOURCES.resolve("package-lock.json");
    Path installed = HOME.resolve("installed.json");
    Files.createDirectories(HOME);
    for (String file : List.of("package.json", "package-lock.json", ".npmrc", "ruleset.yaml")) {
      Files.copy(SOURCES.resolve(file), HOME.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    if (Files.exists(installed) && Files.mismatch(lock, installed) < 0) {
      return;
    }
    Run install = run("npm", "ci", "--ignore-scripts");
    assumeTrue(install.succeeded(), "skipped: the linter cannot be installed: " + install.output());
    Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Run run(String... command) throws Exception {
    Files.createDirectories(HOME);
    return ExternalProgram.run(HOME.toAbsolutePath(), Map.of(), LIMIT, command);
  }
}
