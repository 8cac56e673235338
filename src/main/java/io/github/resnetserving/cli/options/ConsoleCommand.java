package io.github.resnetserving.cli.options;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: where it prints, and a way to refuse words that cannot be meant. */
public abstract class ConsoleCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  /** For results. */
  protected final PrintWriter out() {
    return commandLine(spec).getOut();
  }

  /** For progress and messages. */
  protected final PrintWriter err() {
    return commandLine(spec).getErr();
  }

  /** Prints rows, the first of which is the header, in columns two blanks apart. */
  protected final void printTable(List<List<String>> rows) {
    List<Integer> widths =
        IntStream.range(0, rows.getFirst().size())
            .mapToObj(k -> rows.stream().mapToInt(row -> row.get(k).length()).max().orElse(0))
            .toList();
    PrintWriter out = out();
    rows.forEach(row ->
        out.println(
            IntStream.range(0, row.size())
                .mapToObj(k -> row.get(k) + " ".repeat(widths.get(k) - row.get(k).length()))
                .collect(Collectors.joining("  "))
                .stripTrailing()));
    out.flush();
  }

  /** The whole command as it was typed, for documents that tell where they come from. */
  protected final String typed() {
    return commandLine(spec)
        .getCommandSpec()
        .root()
        .commandLine()
        .getParseResult()
        .originalArgs()
        .stream()
        .map(word -> word.matches("[\\w./:=,+-]+") ? word : "'" + word + "'")
        .collect(Collectors.joining(" ", "resnet-serving ", ""));
  }

  /** Wrong usage: says what, and prints the command's options. */
  protected final ParameterException usage(String message) {
    return new ParameterException(commandLine(spec), message);
  }

  private static CommandLine commandLine(@Nullable CommandSpec spec) {
    return Objects.requireNonNull(spec).commandLine();
  }

  /** Options that are mixed into several commands. */
  public abstract static class Options {

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec mixee;

    /** Wrong usage of the command: says what, and prints its options. */
    protected final ParameterException usage(String message) {
      return new ParameterException(commandLine(mixee), message);
    }
  }
}
