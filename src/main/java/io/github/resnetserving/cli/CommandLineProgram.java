package io.github.resnetserving.cli;

import io.github.resnetserving.engine.DeviceSetting;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program as a command: parses the words, runs a subcommand, tells the exit code. */
public final class CommandLineProgram {

  /** Exit code of a command that was understood and failed. */
  private static final int FAILURE = 1;

  private final ModelLoader loader;
  private final Server server;

  /**
   * Joins the commands with what they start.
   *
   * @param loader turns a model's files into an engine
   * @param server serves over HTTP until it is stopped
   */
  public CommandLineProgram(ModelLoader loader, Server server) {
    this.loader = loader;
    this.server = server;
  }

  @Command(
      name = "resnet-serving",
      description = "Classifies photographs with pretrained ResNets. Without a command it serves.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      synopsisSubcommandLabel = "[COMMAND]",
      footer = {"", "Exit codes: 0 success, 1 failure, 2 wrong usage."})
  private static final class Top {}

  /**
   * Runs what the words ask for and waits for it.
   *
   * @return 0, 1 for a failure, 2 for wrong usage
   */
  public int run(String... words) {
    ConsoleLogging.configure();
    CommandLine commands = new CommandLine(new Top());
    commands.addSubcommand(new ServeCommand(server));
    commands.addSubcommand(new ClassifyCommand(loader));
    commands.addSubcommand(new FeaturesCommand(loader));
    commands.addSubcommand(new ModelsCommand());
    commands.addSubcommand(new TrainCommand());
    commands.addSubcommand(new EvaluateCommand(loader));
    commands.addSubcommand(new CalibrateCommand());
    commands.addSubcommand(new BenchCommand());
    commands.addSubcommand(new KeysCommand());
    commands.addSubcommand(new CommandLine.HelpCommand());
    commands.registerConverter(DeviceSetting.class, DeviceSetting::new);
    commands.setUsageHelpAutoWidth(true);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setExecutionExceptionHandler(CommandLineProgram::explain);
    return commands.execute(isServe(words) ? withServe(words) : words);
  }

  /** Options alone, or nothing at all, mean {@code serve}; only help and version stay on top. */
  private static boolean isServe(String... words) {
    return words.length == 0
        || (words[0].startsWith("-") && !words[0].matches("-h|--help|-V|--version"));
  }

  private static String[] withServe(String... words) {
    String[] all = new String[words.length + 1];
    all[0] = "serve";
    System.arraycopy(words, 0, all, 1, words.length);
    return all;
  }

  private static int explain(
      Exception failure, CommandLine command, CommandLine.ParseResult ignored) {
    PrintWriter err = command.getErr();
    String message = failure.getMessage();
    if (message == null) { // nothing that was foreseen
      failure.printStackTrace(err);
    } else {
      err.println(message);
    }
    return FAILURE;
  }
}
