package io.github.resnetserving.cli;

import io.github.resnetserving.auth.ApiKey;
import io.github.resnetserving.auth.Right;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "keys",
    description = "Makes API keys.",
    subcommands = KeysCommand.New.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class KeysCommand {

  @Command(
      name = "new",
      description = {
        "Prints a new random key, once, to be given to whoever may ask,",
        "and what to add to the server's configuration, which holds only its hash."
      },
      mixinStandardHelpOptions = true)
  static final class New implements Callable<Integer> {

    @Spec private @Nullable CommandSpec spec;

    @Option(names = "--name", required = true, description = "Whose key it is.")
    private String name = "";

    @Option(
        names = "--rights",
        split = ",",
        defaultValue = "infer",
        description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Set<Right> rights = EnumSet.noneOf(Right.class);

    @Override
    public Integer call() {
      CommandSpec command = Objects.requireNonNull(spec);
      String key = ApiKey.random();
      PrintWriter out = command.commandLine().getOut();
      out.println(key);
      out.flush();
      PrintWriter err = command.commandLine().getErr();
      err.printf(
          """
          resnet:
            access:
              keys:
                - name: %s
                  sha256: %s
                  rights: %s
          """,
          name,
          ApiKey.sha256(key),
          rights.stream()
              .map(right -> right.name().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", ")));
      err.flush();
      return 0;
    }
  }
}
