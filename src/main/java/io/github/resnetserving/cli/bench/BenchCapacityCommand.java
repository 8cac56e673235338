package io.github.resnetserving.cli.bench;

import io.github.resnetserving.capacity.Figures;
import io.github.resnetserving.capacity.LoadPoint;
import io.github.resnetserving.capacity.ProcessModel;
import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.loadgen.HttpLoad;
import io.github.resnetserving.loadgen.HttpLoad.Post;
import io.github.resnetserving.loadgen.LoadResult;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "capacity",
    description = {
      "Compares what capacity predicts with what a running server on this machine does.",
      "First with "
          + LoadPoint.CONNECTIONS
          + " connections, which is the capacity, then with requests that come at random at"
          + " parts of what was measured as capacity. This client takes its share of the"
          + " processors, in the prediction too."
    },
    mixinStandardHelpOptions = true)
final class BenchCapacityCommand extends ConsoleCommand {

  private static final long SEED = 1;

  /** Simulated requests for each load, so that chance is in the measurement alone. */
  private static final int SIMULATED = 50_000;

  /** The deadline that requests have without a parameter. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  @Option(
      names = "--url",
      defaultValue = "http://localhost:8080/classify",
      description = "Where to post (default: ${DEFAULT-VALUE}).")
  private URI url = URI.create("");

  @Option(
      names = "--machine",
      defaultValue = "figures.json",
      paramLabel = "FILE",
      description = "What bench machine wrote (default: ${DEFAULT-VALUE}).")
  private Path machine = Path.of("");

  @Option(
      names = "--image",
      required = true,
      paramLabel = "FILE",
      description = "What to post: the image that was measured.")
  private Path image = Path.of("");

  @Option(
      names = "--load",
      split = ",",
      defaultValue = "0.3,0.5,0.7,0.85",
      description = "Parts of the capacity (default: ${DEFAULT-VALUE}).")
  private List<Double> loads = new ArrayList<>();

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description =
          "Time for each load, after a third of it to warm up (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Override
  public Integer call() throws Exception {
    if (!(seconds > 0) || loads.stream().anyMatch(part -> !(part > 0))) {
      throw usage("--seconds and the parts of --load must be positive");
    }
    Figures figures = Figures.read(machine);
    byte[] body = Files.readAllBytes(image);
    if (figures.images().size() != 1 || figures.images().getFirst().bytes() != body.length) {
      throw usage(
          "%s was measured with other images than %s: give bench machine this one alone"
              .formatted(machine, image));
    }
    ProcessModel model = figures.process(DEADLINE).withClient(figures.besides().clientMillis());
    Duration time = Duration.ofNanos((long) (seconds * 1e9));
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("load", "requests/s", "of", "predicted ms", "measured ms", "error of prediction"));
    double worst = 0;
    try (HttpLoad load = new HttpLoad(url, new Post(body, "application/octet-stream"))) {
      load.closed(LoadPoint.CONNECTIONS, time.dividedBy(3));
      double measured = load.closed(LoadPoint.CONNECTIONS, time).allAnswered(url).rate();
      double predicted = LoadPoint.capacity(model, SIMULATED, SEED);
      out()
          .printf(
              Locale.ROOT,
              "%s in %s. Capacity: predicted %.1f/s, measured %.1f/s, error %+.1f %%%n",
              figures.model(),
              figures.precision(),
              predicted,
              measured,
              100 * (predicted / measured - 1));
      out().flush();
      for (double part : loads) {
        double rate = part * measured;
        LoadResult result = load.open(rate, time, SEED, "").allAnswered(url);
        LoadPoint point = LoadPoint.at(rate, model, SIMULATED, SEED);
        worst = Math.max(worst, row(rows, part, rate, "p50", point.p50(), result.millis(0.5)));
        worst = Math.max(worst, row(rows, part, rate, "p99", point.p99(), result.millis(0.99)));
      }
    }
    printTable(rows);
    out().printf(Locale.ROOT, "largest error: %.1f %%%n", 100 * worst);
    out().flush();
    return 0;
  }

  /** Adds a row; returns the error, without its sign. */
  private static double row(
      List<List<String>> rows,
      double part,
      double rate,
      String name,
      double predicted,
      double measured) {
    double error = predicted / measured - 1;
    rows.add(
        List.of(
            String.format(Locale.ROOT, "%.0f %%", 100 * part),
            String.format(Locale.ROOT, "%.1f", rate),
            name,
            String.format(Locale.ROOT, "%.1f", predicted),
            String.format(Locale.ROOT, "%.1f", measured),
            String.format(Locale.ROOT, "%+.1f %%", 100 * error)));
    return Math.abs(error);
  }
}
