package io.github.resnetserving.cli;

import io.github.resnetserving.cli.bench.BenchCommand;
import io.github.resnetserving.cli.output.Shard;
import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.serving.ProgramVersion;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The program as a command: parses the words, runs a subcommand, tells the exit code. */
public final class CommandLineProgram {

  /** Exit code of a command that was understood and failed. */
  private static final int FAILURE = 1;

  private final Consumer<List<String>> server;

  /**
   * Joins the commands with what they start.
   *
   * @param server starts to serve over HTTP with properties given as {@code --name=value}; returns
   *     when the service is up, or fails
   */
  public CommandLineProgram(Consumer<List<String>> server) {
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
    String[] all = isServe(words) ? withServe(words) : words;
    if (all.length == 1 && all[0].equals("serve")) {
      return serve();
    }
    CommandLine commands = new CommandLine(new Top());
    subcommands(all[0]).forEach(command -> commands.addSubcommand(command.get()));
    commands.registerConverter(ComputeDevice.Setting.class, ComputeDevice.Setting::new);
    commands.registerConverter(Shard.class, CommandLineProgram::shard);
    commands.setUsageHelpAutoWidth(true);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setExecutionExceptionHandler(
        (failure, command, parsed) -> explain(failure, command.getErr()));
    return commands.execute(all);
  }

  private static Shard shard(String text) {
    try {
      return Shard.of(text);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.TypeConversionException(e.getMessage());
    }
  }

  /** Without options there is nothing to parse, and a server shall start quickly. */
  private int serve() {
    try {
      return new ServeCommand(server).call();
    } catch (RuntimeException e) {
      return explain(e, new PrintWriter(System.err, /* autoFlush= */ true, System.err.charset()));
    }
  }

  /** The one that is asked for, else all: to read what each takes costs half a second. */
  private Collection<Supplier<Object>> subcommands(String asked) {
    SequencedMap<String, Supplier<Object>> all = new LinkedHashMap<>();
    all.put("serve", () -> new ServeCommand(server));
    all.put("classify", ClassifyCommand::new);
    all.put("features", FeaturesCommand::new);
    all.put("merge", MergeCommand::new);
    all.put("models", ModelsCommand::new);
    all.put("data", DataCommand::new);
    all.put("train", TrainCommand::new);
    all.put("evaluate", EvaluateCommand::new);
    all.put("heads", HeadsCommand::new);
    all.put("calibrate", CalibrateCommand::new);
    all.put("similar", SimilarCommand::new);
    all.put("bench", BenchCommand::new);
    all.put("capacity", CapacityCommand::new);
    all.put("keys", KeysCommand::new);
    Supplier<Object> one = all.get(asked);
    if (one != null) {
      return List.of(one);
    }
    all.put("help", CommandLine.HelpCommand::new); // of any of them
    return all.values();
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

  private static int explain(Exception failure, PrintWriter err) {
    String message = failure.getMessage();
    if (message == null) { // nothing that was foreseen
      failure.printStackTrace(err);
    } else {
      err.println(message);
    }
    return FAILURE;
  }

  /** The version that the build wrote into the jar's manifest. */
  private static final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
      return new String[] {"resnet-serving " + ProgramVersion.text()};
    }
  }
}
