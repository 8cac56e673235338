package io.github.resnetserving.cli.bench;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.loadgen.HttpLoad;
import io.github.resnetserving.loadgen.HttpLoad.Post;
import io.github.resnetserving.loadgen.LoadResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "http",
    description = {
      "Posts an image to a running server, this one or any that takes an image as a body, and"
          + " prints requests a second and response times.",
      "First in closed loops, where each connection waits for its answer; the best of them is the"
          + " capacity. Then in open loops: requests come at random at parts of the capacity, and a"
          + " response time counts from when the request was meant to come.",
      "With a deadline it says of each open loop how many requests were accepted, which is what no"
          + " status of 400 to 499 refused, how many of those were answered in time, and the"
          + " goodput, which is answers in time as a part of the capacity; and a second later how"
          + " the server answers 30 %% of the capacity."
    },
    mixinStandardHelpOptions = true)
final class BenchHttpCommand extends ConsoleCommand {

  private static final long SEED = 1;
  private static final double CALM = 0.3;
  private static final Duration RECOVERY = Duration.ofSeconds(1);

  /** One line of the table. */
  private record Line(
      String load,
      double rate,
      double p50,
      double p90,
      double p99,
      int failures,
      Map<Integer, Integer> statuses,
      Map<Integer, Integer> others,
      @Nullable Kept kept) {

    static Line of(String load, LoadResult result) {
      return of(load, result, null);
    }

    static Line of(String load, LoadResult result, @Nullable Kept kept) {
      return new Line(
          load,
          result.rate(),
          result.millis(0.5),
          result.millis(0.9),
          result.millis(0.99),
          result.failures(),
          result.statuses(),
          result.others(),
          kept);
    }
  }

  /**
   * How a deadline was kept.
   *
   * @param late answers with status 200 that came after it
   * @param acceptedInTime the part of the accepted requests; not a number where there were none
   * @param goodput answers in time, as a part of the capacity
   */
  private record Kept(
      int offered, int accepted, int inTime, int late, double acceptedInTime, double goodput) {

    static Kept of(LoadResult result, Duration deadline, double capacity, Duration time) {
      int inTime = result.inTime(deadline);
      return new Kept(
          result.offered(),
          result.accepted(),
          inTime,
          result.count(200) - inTime,
          (double) inTime / result.accepted(),
          inTime / (time.toNanos() / 1e9) / capacity);
    }
  }

  @Option(
      names = "--url",
      defaultValue = "http://localhost:8080/classify",
      description = "Where to post (default: ${DEFAULT-VALUE}).")
  private URI url = URI.create("");

  @Option(names = "--image", required = true, paramLabel = "FILE", description = "What to post.")
  private Path image = Path.of("");

  @Option(
      names = "--type",
      defaultValue = "image/jpeg",
      description = "Content-Type (default: ${DEFAULT-VALUE}).")
  private String type = "";

  @Option(
      names = "--connections",
      split = ",",
      defaultValue = "1,4,16,64",
      description = "Of the closed loops (default: ${DEFAULT-VALUE}).")
  private List<Integer> connections = new ArrayList<>();

  @Option(
      names = "--load",
      split = ",",
      defaultValue = "0.3,0.5,0.7",
      description =
          "Of the open loops, as parts of the capacity; empty for none (default:"
              + " ${DEFAULT-VALUE}).")
  private List<String> loads = new ArrayList<>();

  @Option(
      names = "--deadline",
      paramLabel = "MS",
      description =
          "Of the requests of the open loops, as the parameter deadline_ms; none unless given.")
  private @Nullable Integer deadlineMillis;

  @Option(
      names = "--mix",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Other bodies among the image's in the open loops, such as damaged files, sent as"
              + " application/octet-stream; what comes of them is counted apart.")
  private List<Path> mix = new ArrayList<>();

  @Option(
      names = "--mix-share",
      defaultValue = "0.2",
      description = "The part of the requests that are others (default: ${DEFAULT-VALUE}).")
  private double mixShare;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "Time for each load, after a third of it to warm up (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there too.")
  private @Nullable Path json;

  @Option(names = "--plot", paramLabel = "FILE.png", description = "Draw them there.")
  private @Nullable Path plot;

  @Override
  public Integer call() throws Exception {
    List<Double> parts = parts();
    if (connections.stream().anyMatch(count -> count < 1) || !(seconds > 0)) {
      throw usage("connections must be at least 1 and seconds positive");
    }
    if ((deadlineMillis != null && deadlineMillis < 1) || !(mixShare >= 0 && mixShare <= 1)) {
      throw usage("--deadline must be at least 1 and --mix-share between 0 and 1");
    }
    PrintWriter out = out();
    Duration time = Duration.ofNanos((long) (seconds * 1e9));
    List<Line> lines = new ArrayList<>();
    out.printf(
        "%-16s %9s %9s %9s %9s %8s  %s%n",
        "load", "answers/s", "p50 ms", "p90 ms", "p99 ms", "failed", "answers by status");
    List<Post> others = new ArrayList<>();
    for (Path file : mix) {
      others.add(new Post(Files.readAllBytes(file), "application/octet-stream"));
    }
    Post post = new Post(Files.readAllBytes(image), type);
    try (HttpLoad load = new HttpLoad(url, post, others, mixShare)) {
      for (int count : connections) {
        load.closed(count, time.dividedBy(3));
        print(out, lines, Line.of(count + " connections", load.closed(count, time)));
      }
      double capacity = lines.stream().mapToDouble(Line::rate).max().orElse(0);
      for (double part : parts) {
        print(out, lines, open(load, part, capacity, time, ""));
        if (deadlineMillis != null) {
          Thread.sleep(RECOVERY);
          print(out, lines, open(load, CALM, capacity, time.dividedBy(3), " later"));
        }
      }
    }
    write(lines);
    // A deadline is there to have what cannot be answered in time refused.
    return deadlineMillis != null || lines.stream().allMatch(line -> line.failures == 0) ? 0 : 1;
  }

  private Line open(HttpLoad load, double part, double capacity, Duration time, String when)
      throws InterruptedException {
    String name = "%.0f %% Poisson%s".formatted(100 * part, when);
    // The capacity is the image's, so the others come on top of it.
    double rate = part * capacity / (mix.isEmpty() ? 1 : 1 - Math.min(mixShare, 0.99));
    Integer limit = deadlineMillis;
    if (limit == null) {
      return Line.of(name, load.open(rate, time, SEED, ""));
    }
    LoadResult result = load.open(rate, time, SEED, "deadline_ms=" + limit);
    return Line.of(name, result, Kept.of(result, Duration.ofMillis(limit), capacity, time));
  }

  private List<Double> parts() {
    try {
      return loads.stream().filter(part -> !part.isBlank()).map(Double::valueOf).toList();
    } catch (NumberFormatException _) {
      throw usage("--load takes numbers such as 0.3,0.5,0.7");
    }
  }

  private static void print(PrintWriter out, List<Line> lines, Line line) {
    lines.add(line);
    out.printf(
        Locale.ROOT,
        "%-16s %9.1f %9.1f %9.1f %9.1f %8d  %s%n",
        line.load,
        line.rate,
        line.p50,
        line.p90,
        line.p99,
        line.failures,
        line.statuses);
    Kept kept = line.kept;
    if (kept != null) {
      out.printf(
          Locale.ROOT,
          "  of %d offered %d accepted, %d in time, %d late: %.2f %% in time, goodput %.2f%s%n",
          kept.offered,
          kept.accepted,
          kept.inTime,
          kept.late,
          100 * kept.acceptedInTime,
          kept.goodput,
          line.others.isEmpty() ? "" : "; others " + line.others);
    }
    out.flush();
  }

  private void write(List<Line> lines) throws IOException {
    if (json != null) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("url", url.toString());
      all.put("image", String.valueOf(image.getFileName()));
      all.put("processors", Runtime.getRuntime().availableProcessors());
      all.put("seconds", seconds);
      all.put("loads", lines);
      JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
      Files.writeString(json, mapper.writeValueAsString(all) + "\n");
    }
    if (plot != null) {
      ImageIO.write(BitmapEncoder.getBufferedImage(chart(lines)), "png", plot.toFile());
    }
  }

  /** Response times over the rate at which they were reached. */
  private XYChart chart(List<Line> lines) {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(540)
            .title(url + ", " + image.getFileName())
            .xAxisTitle("answers a second")
            .yAxisTitle("milliseconds")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    List<Line> closed = lines.subList(0, connections.size());
    List<Line> open = lines.subList(connections.size(), lines.size());
    add(chart, "closed loop", closed);
    add(chart, "open loop", open);
    return chart;
  }

  private static void add(XYChart chart, String name, List<Line> lines) {
    if (!lines.isEmpty()) {
      double[] rates = lines.stream().mapToDouble(Line::rate).toArray();
      chart.addSeries(name + ", p50", rates, lines.stream().mapToDouble(Line::p50).toArray());
      chart.addSeries(name + ", p99", rates, lines.stream().mapToDouble(Line::p99).toArray());
    }
  }
}
