package io.github.resnetserving.cli;

import io.github.resnetserving.auth.ApiKey;
import io.github.resnetserving.auth.ApiKey.Right;
import io.github.resnetserving.cli.options.ConsoleCommand;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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
  static final class New extends ConsoleCommand {

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
      String key = ApiKey.random();
      PrintWriter out = out();
      out.println(key);
      out.flush();
      PrintWriter err = err();
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
