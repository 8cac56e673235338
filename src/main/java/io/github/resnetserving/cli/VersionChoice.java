package io.github.resnetserving.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The option {@code --version} of a command that works on all versions or one, and its help: the
 * standard help options have a {@code --version} that tells the program's.
 */
final class VersionChoice {

  @Option(names = "--version", paramLabel = "V", description = "Only this version.")
  private @Nullable String version;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  @SuppressWarnings("UnusedVariable") // picocli asks for it
  private boolean help;

  /** The version; empty for all. */
  Optional<String> version() {
    return Optional.ofNullable(version);
  }
}
