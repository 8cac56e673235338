package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.heads.HeadDraft;
import io.github.resnetserving.heads.HeadException;
import io.github.resnetserving.heads.HeadFitter;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.DataSource;
import io.github.resnetserving.training.DataSource.Part;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Gatherers;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "fit",
    description = {
      "Fits a head to a few labelled images of each class, in seconds. The network stays as it is.",
      "A server that runs on the same models folder answers with it at once: /classify?head=NAME."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class HeadsFitCommand extends ConsoleCommand {

  /** Images whose files are in memory at a time. */
  private static final int AHEAD = 32;

  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description =
          "A folder or tar with one folder a class, a CSV of path,label, or CIFAR's binary archive."
              + " Of folders train, val and test only train counts.")
  private Path data = Path.of("");

  @Option(
      names = "--name",
      paramLabel = "HEAD",
      description = "What to call it; without it as the data's file or folder is called.")
  private @Nullable String name;

  @Option(
      names = "--kind",
      defaultValue = "linear",
      description =
          "linear: logistic regression, its penalty chosen by cross-validation. nearest: the"
              + " nearest images vote (default: ${DEFAULT-VALUE}).")
  private Kind kind = Kind.LINEAR;

  @Option(
      names = "--k",
      defaultValue = "5",
      description = "How many of the nearest vote (default: ${DEFAULT-VALUE}).")
  private int k = HeadFitter.DEFAULT_K;

  @Override
  public Integer call() throws Exception {
    ModelSpec model = choice.find();
    String called = called();
    HeadRepository heads = choice.heads();
    HeadFitter fitter = new HeadFitter();
    long start = System.nanoTime();
    try (DataSource source = DataSource.open(data);
        ResNet net = ResNet.builder().device(device.setting()).open(model)) {
      read(source, net, fitter);
    }
    long computed = System.nanoTime();
    HeadDraft draft = fitter.fit(kind, k);
    Head head =
        heads.add(called, Backbone.of(model, Precision.FP32.id()), draft, String.valueOf(data));
    print(head, fitter.classes(), computed - start, System.nanoTime() - computed);
    return 0;
  }

  private String called() {
    String given = name;
    String called =
        given == null
            ? String.valueOf(data.toAbsolutePath().normalize().getFileName())
                .replaceFirst("(?i)(\\.(tar|tgz|csv|gz))+$", "")
            : given;
    try {
      HeadRepository.requireName(called);
    } catch (HeadException e) {
      throw usage(e.getMessage() + (given == null ? " Give one with --name." : ""));
    }
    return called;
  }

  private void read(DataSource source, ResNet net, HeadFitter fitter) throws IOException {
    List<Integer> positions = source.positions(Part.TRAINING);
    try (ProgressBar bar = TrainingProgress.bar("features", positions.size())) {
      Iterator<List<Integer>> windows =
          positions.stream().gather(Gatherers.windowFixed(AHEAD)).iterator();
      while (windows.hasNext()) {
        List<Integer> window = windows.next();
        List<byte[]> images = new ArrayList<>(window.size());
        for (int position : window) {
          images.add(source.read(position));
        }
        Iterator<Outcome<float[]>> outcomes = net.features(images).iterator();
        for (int position : window) {
          String label = source.classes().get(source.label(position));
          switch (outcomes.next()) {
            case Outcome.Success<float[]>(var features, _) -> fitter.add(features, label);
            case Outcome.Failed<float[]>(var failure) ->
                throw new IOException(
                    "%s cannot be used: %s Leave it out."
                        .formatted(source.name(position), failure.detail()));
          }
        }
        bar.stepBy(window.size());
      }
    }
  }

  private void print(Head head, List<String> classes, long featureNanos, long fitNanos) {
    Head.Facts facts = head.facts();
    PrintWriter out = out();
    line(
        out,
        "head",
        "%s version %s of %s".formatted(head.name(), facts.version(), facts.backbone().model()));
    line(out, "classes", "%d: %s".formatted(classes.size(), ExpectedAnswers.names(head.labels())));
    line(out, "images", Integer.toString(facts.fit().images()));
    line(
        out,
        "features",
        "%d of version %s, %s"
            .formatted(facts.width(), facts.backbone().version(), facts.backbone().precision()));
    @Nullable Double c = facts.fit().c();
    line(
        out,
        "kind",
        c == null
            ? "nearest, %d vote".formatted(k)
            : String.format(Locale.ROOT, "linear, C %.4g", c));
    line(
        out,
        "accuracy",
        String.format(
            Locale.ROOT,
            "%.1f %% by cross-validation in %d folds",
            100 * facts.fit().accuracy(),
            facts.fit().folds()));
    line(
        out,
        "seconds",
        String.format(
            Locale.ROOT, "%.1f for the features, %.1f to fit", featureNanos / 1e9, fitNanos / 1e9));
    out.flush();
  }

  private static void line(PrintWriter out, String what, String value) {
    out.printf("%-9s %s%n", what, value);
  }
}
