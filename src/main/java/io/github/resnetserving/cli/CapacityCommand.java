package io.github.resnetserving.cli;

import io.github.resnetserving.capacity.CapacityPlan;
import io.github.resnetserving.capacity.CapacityPlan.Effort;
import io.github.resnetserving.capacity.CapacityPlan.UnreachableException;
import io.github.resnetserving.capacity.CapacityPlan.Wanted;
import io.github.resnetserving.capacity.ChartValues;
import io.github.resnetserving.capacity.Figures;
import io.github.resnetserving.capacity.LatencyChart;
import io.github.resnetserving.capacity.LoadPoint;
import io.github.resnetserving.cli.options.ConsoleCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "capacity",
    description = {
      "Predicts from measured times how many replicas a rate of requests takes, and how quickly"
          + " they answer: one process is simulated, with the queues, batches and admission that"
          + " the server has.",
      "bench machine measures the times. Requests are of one image and come at random; the network"
          + " to the client is not counted. The same figures, options and seed give the same"
          + " answer."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CapacityCommand extends ConsoleCommand {

  /** As the chart calls them. */
  private enum Scaler {
    NONE,
    HPA,
    KEDA
  }

  /** Reads {@code 150ms}, {@code 1.5s} and what ISO 8601 has. */
  static final class Milliseconds implements ITypeConverter<Duration> {

    private static final Pattern SIMPLE = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s)");

    @Override
    public Duration convert(String text) {
      Matcher simple = SIMPLE.matcher(text);
      try {
        Duration time =
            simple.matches()
                ? Duration.ofNanos(
                    Math.round(
                        Double.parseDouble(simple.group(1))
                            * (simple.group(2).equals("s") ? 1e9 : 1e6)))
                : Duration.parse(text);
        if (time.isPositive() && time.compareTo(Duration.ofDays(1)) < 0) {
          return time;
        }
      } catch (DateTimeParseException _) {
        // told below
      }
      throw new TypeConversionException(
          "'%s' is no time: it must be one such as 150ms or 1.5s".formatted(text));
    }
  }

  @Option(
      names = "--rate",
      required = true,
      paramLabel = "N",
      description = "Requests a second, of all replicas together, at the peak.")
  private double rate;

  @Option(
      names = "--p99",
      required = true,
      paramLabel = "TIME",
      converter = Milliseconds.class,
      description = "Within which 99 of 100 requests are to be answered, such as 150ms.")
  private Duration p99 = Duration.ZERO;

  @Option(
      names = "--machine",
      defaultValue = "figures.json",
      paramLabel = "FILE",
      description = "What bench machine wrote (default: ${DEFAULT-VALUE}).")
  private Path machine = Path.of("");

  @Option(
      names = "--spare",
      defaultValue = "1",
      paramLabel = "N",
      description = "Replicas that may be missing at once (default: ${DEFAULT-VALUE}).")
  private int spare;

  @Option(
      names = "--headroom",
      defaultValue = "1.5",
      paramLabel = "FACTOR",
      description = "Of the rate, up to which replicas may be added (default: ${DEFAULT-VALUE}).")
  private double headroom;

  @Option(
      names = "--deadline",
      defaultValue = "10s",
      paramLabel = "TIME",
      converter = Milliseconds.class,
      description =
          "Of requests: what would be later is refused with 429 (default: ${DEFAULT-VALUE}).")
  private Duration deadline = Duration.ZERO;

  @Option(
      names = "--scaler",
      defaultValue = "HPA",
      description = "${COMPLETION-CANDIDATES}: the chart's autoscaling.kind (default: HPA).")
  private Scaler scaler = Scaler.HPA;

  @Option(
      names = "--requests",
      defaultValue = "20000",
      paramLabel = "N",
      description = "Simulated for each load (default: ${DEFAULT-VALUE}).")
  private int requests;

  @Option(names = "--seed", defaultValue = "1", description = "Of chance (default: 1).")
  private long seed;

  @Option(
      names = "--output",
      paramLabel = "FILE.yaml",
      description = "Writes the values for the chart there.")
  private @Nullable Path output;

  @Option(
      names = "--plot",
      paramLabel = "FILE.png",
      description = "Draws response times over the load there.")
  private @Nullable Path plot;

  @Override
  public Integer call() throws IOException {
    if (!(rate > 0) || rate > 1e9 || spare < 0 || spare > 1000) {
      throw usage("--rate must be positive and --spare between 0 and 1000");
    }
    if (!(headroom >= 1) || headroom > 100 || requests < 1000 || requests > 10_000_000) {
      throw usage("--headroom must be between 1 and 100, and --requests at least 1000");
    }
    Figures figures = Figures.read(machine);
    Wanted wanted = new Wanted(rate, p99.toNanos() / 1e6, spare, headroom);
    CapacityPlan plan;
    try {
      plan = CapacityPlan.of(figures.process(deadline), wanted, new Effort(requests, seed));
    } catch (UnreachableException e) {
      throw new IOException(e.getMessage(), e);
    }
    print(figures, plan);
    String values = ChartValues.yaml(plan, figures, scaler.name().toLowerCase(Locale.ROOT));
    if (output == null) {
      out().printf("%nvalues for the chart:%n%n%s", values);
    } else {
      Files.writeString(output, values);
    }
    if (plot != null) {
      String title = "%s in %s".formatted(figures.model(), figures.precision());
      Files.write(plot, LatencyChart.png(title, plan));
    }
    out().flush();
    return 0;
  }

  private void print(Figures figures, CapacityPlan plan) {
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "%s in %s on %s, %d processors: a process answers up to %.1f requests a second%n%n",
        figures.model(),
        figures.precision(),
        figures.processor(),
        figures.processors(),
        plan.capacity());
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "load",
            "requests/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "mean batch",
            "processors busy",
            "answers/s",
            "429"));
    plan.loads().forEach(load -> rows.add(row(load, plan.capacity())));
    rows.add(row(plan.beyond(), plan.capacity()));
    printTable(rows);
    out.println();
    line("knee", plan.knee(), plan);
    line("highest load with a p99 of %.0f ms".formatted(p99.toNanos() / 1e6), plan.highest(), plan);
    line("planned load", plan.planned(), plan);
    out.printf(
        Locale.ROOT,
        "replicas: %d, %d of them spare; up to %d for %.1f times the rate%n",
        plan.replicas(),
        spare,
        plan.most(),
        headroom);
  }

  private void line(String what, LoadPoint load, CapacityPlan plan) {
    out()
        .printf(
            Locale.ROOT,
            "%s: %.0f %%, %.1f requests/s of a process, p50 %.1f ms, p99 %.1f ms%n",
            what,
            100 * load.rate() / plan.capacity(),
            load.rate(),
            load.p50(),
            load.p99());
  }

  private static List<String> row(LoadPoint load, double capacity) {
    return List.of(
        String.format(Locale.ROOT, "%.0f %%", 100 * load.rate() / capacity),
        String.format(Locale.ROOT, "%.1f", load.rate()),
        String.format(Locale.ROOT, "%.1f", load.p50()),
        String.format(Locale.ROOT, "%.1f", load.p95()),
        String.format(Locale.ROOT, "%.1f", load.p99()),
        String.format(Locale.ROOT, "%.1f", load.meanBatch()),
        String.format(Locale.ROOT, "%.0f %%", 100 * load.utilisation()),
        String.format(Locale.ROOT, "%.1f", load.goodput()),
        String.format(Locale.ROOT, "%.1f %%", 100 * load.refused()));
  }
}
