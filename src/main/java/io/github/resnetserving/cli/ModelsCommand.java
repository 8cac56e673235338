package io.github.resnetserving.cli;

import picocli.CommandLine.Command;

@Command(
    name = "models",
    description = "Lists, describes, checks, fetches, adds and removes models.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ModelsListCommand.class,
      ModelsDescribeCommand.class,
      ModelsVerifyCommand.class,
      ModelsFetchCommand.class,
      ModelsAddCommand.class,
      ModelsRemoveCommand.class
    })
final class ModelsCommand {}
