package io.github.resnetserving.cli.bench;

import io.github.resnetserving.capacity.Figures;
import io.github.resnetserving.capacity.Figures.DecodedImage;
import io.github.resnetserving.capacity.Times.EquallyLikely;
import io.github.resnetserving.cli.bench.ServerProbe.Served;
import io.github.resnetserving.cli.bench.ServerProbe.Used;
import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.engine.PrecisionSetting;
import io.github.resnetserving.evaluation.ReportFacts;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.loadgen.HttpLoad;
import io.github.resnetserving.loadgen.HttpLoad.Post;
import io.github.resnetserving.loadgen.LoadResult;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "machine",
    description = {
      "Measures what capacity needs to know of this machine, and writes it to a file.",
      "A server must be running here: the model that it serves is computed here again, in its"
          + " precision and with its threads, batch size by batch size, and images are decoded."
          + " Then the server is asked by 16 connections and by one, which tells what a request"
          + " costs besides. Nothing else should run meanwhile."
    },
    mixinStandardHelpOptions = true)
final class BenchMachineCommand extends ConsoleCommand {

  /** Enough for every processor to have work, and for full batches. */
  private static final int CONNECTIONS = 16;

  @Option(
      names = "--url",
      defaultValue = "http://localhost:8080/classify",
      description = "Where to post (default: ${DEFAULT-VALUE}).")
  private URI url = URI.create("");

  @Option(
      names = "--image",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Images such as clients will send, each as likely as the next.")
  private List<Path> images = new ArrayList<>();

  @Option(
      names = "--max-batch",
      defaultValue = "8",
      description = "resnet.batching.max-batch of the server (default: ${DEFAULT-VALUE}).")
  private int maxBatch;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "Time for each of some twelve measurements (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--output",
      defaultValue = "figures.json",
      paramLabel = "FILE",
      description = "Where the figures are written (default: ${DEFAULT-VALUE}).")
  private Path output = Path.of("");

  @Mixin private ModelsFolder models = new ModelsFolder();

  @Override
  public Integer call() throws Exception {
    if (maxBatch < 1 || !(seconds > 0)) {
      throw usage("--max-batch must be at least 1 and --seconds positive");
    }
    Duration time = Duration.ofNanos((long) (seconds * 1e9));
    try (ServerProbe server = new ServerProbe(url)) {
      Served served = server.served();
      ModelSpec model =
          models
              .repository()
              .find(served.model())
              .orElseThrow(() ->
                  new IOException(
                      "the server's model %s is not in %s: give its --models-dir"
                          .formatted(served.model(), models.path())));
      Figures work = work(served, model, time);
      print(work);
      Figures all = requests(server, work, time);
      out()
          .printf(
              Locale.ROOT,
              "a request besides: %.3f ms of a processor, %.3f ms of waiting; its client %.3f ms%n",
              all.besides().requestMillis(),
              all.besides().waitMillis(),
              all.besides().clientMillis());
      all.write(output);
      out().println(output);
      out().flush();
    }
    return 0;
  }

  /** What decoding and computing take, without the server. */
  private Figures work(Served served, ModelSpec model, Duration time) throws Exception {
    ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
    List<DecodedImage> decoded = new ArrayList<>();
    double decodeSlowdown = 0;
    for (Path file : images) {
      byte[] bytes = Files.readAllBytes(file);
      WorkTimes.Work decode = () -> pipeline.prepare(bytes, model.preprocessing());
      decoded.add(
          new DecodedImage(
              String.valueOf(file.getFileName()),
              bytes.length,
              WorkTimes.ofOneThread(decode, time)));
      decodeSlowdown += WorkTimes.slowdown(decode, served.processors(), time) / images.size();
    }
    EngineOptions options =
        new EngineOptions(
                served.threads(), maxBatch, served.plan().map(PlanKind::valueOf).orElse(null))
            .withWorkers(served.workers())
            .in(PrecisionSetting.valueOf(served.precision().toUpperCase(Locale.ROOT)));
    EngineLoader loader = new EngineLoader();
    int side = model.preprocessing().crop();
    Pixels crop = new Pixels(side, side, new byte[side * side * 3]);
    try (InferenceEngine engine = loader.load(model, options)) {
      var _ = loader.improve(engine, model, options, Thread::sleep);
      List<EquallyLikely> batches = new ArrayList<>();
      for (int size = 1; size <= maxBatch; size++) {
        List<Pixels> batch = Collections.nCopies(size, crop);
        WorkTimes.Work compute = () -> engine.run(batch);
        batches.add(
            served.threads() == 1
                ? WorkTimes.ofOneThread(compute, time)
                : WorkTimes.byClock(compute, time));
      }
      List<Pixels> largest = Collections.nCopies(maxBatch, crop);
      double computeSlowdown =
          served.threads() == 1
              ? WorkTimes.slowdown(() -> engine.run(largest), served.workers(), time)
              : 1; // a batch has several processors already
      Optional<EquallyLikely> spread =
          engine.spreads()
              ? Optional.of(WorkTimes.byClock(() -> engine.runSpread(crop), time))
              : Optional.empty();
      return new Figures(
          ReportFacts.processor(),
          served.processors(),
          model.name(),
          engine.report().precision(),
          engine.report().plan(),
          served.workers(),
          served.threads(),
          decoded,
          rounded(decodeSlowdown),
          batches,
          rounded(computeSlowdown),
          spread,
          new Figures.Besides(0, 0, 0, 0));
    }
  }

  /** What is left of the processor time that the server takes for a request, and of its answer. */
  private Figures requests(ServerProbe server, Figures work, Duration time) throws Exception {
    Post post = new Post(Files.readAllBytes(images.getFirst()), "application/octet-stream");
    try (HttpLoad load = new HttpLoad(url, post)) {
      load.closed(CONNECTIONS, time.multipliedBy(2));
      Used before = server.used();
      Duration clientBefore = clientTime();
      LoadResult busy = load.closed(CONNECTIONS, time.multipliedBy(2)).allAnswered(url);
      double client = clientTime().minus(clientBefore).toNanos() / 1e6 / busy.offered();
      Used after = server.used();
      double batch = (after.images() - before.images()) / (after.batches() - before.batches());
      double whole = (after.cpuNanos() - before.cpuNanos()) / 1e6 / busy.offered();
      double known =
          work.decodeSlowdown() * work.images().getFirst().decode().mean()
              + work.busyComputeMillis(batch);
      double besides = Math.max(0, whole - known);
      if (besides <= 0) {
        err()
            .printf(
                Locale.ROOT,
                "the server takes %.2f ms of a processor for a request, and decoding and computing"
                    + " take %.2f ms by themselves: measure again when nothing else runs%n",
                whole,
                known);
      }
      LoadResult single = load.closed(1, time).allAnswered(url);
      double one =
          work.spread().orElse(work.batches().getFirst()).median()
              + work.images().getFirst().decode().median()
              + besides
              + client;
      return work.with(
          new Figures.Besides(
              rounded(besides),
              rounded(Math.max(0, single.millis(0.5) - one)),
              rounded(client),
              Math.rint(after.residentBytes() / 1e6)));
    }
  }

  private static Duration clientTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static double rounded(double value) {
    return Math.rint(value * 1e4) / 1e4;
  }

  private void print(Figures work) {
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "%s in %s, %s plan, %d workers of %d threads on %d processors: %s%n",
        work.model(),
        work.precision(),
        work.plan(),
        work.workers(),
        work.threads(),
        work.processors(),
        work.processor());
    for (DecodedImage image : work.images()) {
      out.printf(Locale.ROOT, "decode %s: %.2f ms%n", image.name(), image.decode().mean());
    }
    for (int size = 1; size <= work.batches().size(); size++) {
      out.printf(
          Locale.ROOT, "a batch of %d: %.2f ms%n", size, work.batches().get(size - 1).mean());
    }
    work.spread()
        .ifPresent(times ->
            out.printf(Locale.ROOT, "an image on all processors: %.2f ms%n", times.mean()));
    out.printf(
        Locale.ROOT,
        "while all processors are busy: decoding %.2f times as long, computing %.2f times%n",
        work.decodeSlowdown(),
        work.computeSlowdown());
    out.flush();
  }
}
