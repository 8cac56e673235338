package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.confidence.Temperature;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.evaluation.AnswersFile;
import io.github.resnetserving.evaluation.Evaluation;
import io.github.resnetserving.evaluation.Evaluator;
import io.github.resnetserving.evaluation.NoveltyResult;
import io.github.resnetserving.evaluation.Report;
import io.github.resnetserving.evaluation.ReportFacts;
import io.github.resnetserving.evaluation.Sample;
import io.github.resnetserving.evaluation.Views;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.serving.ProgramVersion;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.DataSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "evaluate",
    description = {
      "Prints how good a model is on labelled images, and writes a report about it.",
      "The log loss is the mean cross entropy, the calibration error the expected one over 15 bins."
    },
    mixinStandardHelpOptions = true)
final class EvaluateCommand extends ConsoleCommand {

  private static final String HEADER =
      "%-10s %8s %8s %8s %9s %12s %8s %9s%n"
          .formatted(
              "precision",
              "images",
              "top-1",
              "top-5",
              "log loss",
              "calibration",
              "changed",
              "images/s");

  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description =
          "A folder or tar with one folder a class, a CSV of path,label, or CIFAR's binary archive."
              + " Of folders test, val and train the first that is there counts.")
  private Path data = Path.of("");

  @Option(
      names = "--head",
      paramLabel = "HEAD",
      description = "Evaluate this head of the model in the place of its classifier.")
  private @Nullable String headName;

  @Option(names = "--held-out", description = "Only what train --validation-share holds out.")
  private boolean heldOut;

  @Option(names = "--validation-share", defaultValue = "0.1", description = "See train.")
  private double validationShare;

  @Option(
      names = "--precision",
      split = ",",
      defaultValue = "fp32",
      description =
          "What the network computes in, one line each: ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE}). The column changed counts the images whose first"
              + " answer is unlike the first line's.")
  private List<Precision> precisions = new ArrayList<>();

  @Option(
      names = "--data-free",
      description = "Evaluate int8 as it is without the model's calibration.json.")
  private boolean dataFree;

  @Option(
      names = "--crops",
      paramLabel = "1|10",
      defaultValue = "1",
      description =
          "10: the four corners, the centre and their mirror images; the mean of the probabilities"
              + " counts (default: ${DEFAULT-VALUE}).")
  private int crops;

  @Option(
      names = "--scales",
      split = ",",
      paramLabel = "PIXELS",
      description =
          "Short edges, such as 224,256,384,480,640: the network sees the whole image at each, and"
              + " the mean of the probabilities counts.")
  private List<Integer> scales = new ArrayList<>();

  @Option(
      names = "--report",
      paramLabel = "DIR",
      description =
          "Writes report.html there, its charts as PNGs and its tables as CSVs. It is about the"
              + " first precision, and compares the others with it.")
  private @Nullable Path report;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Writes a row for each image and precision: label and five answers.")
  private @Nullable Path csv;

  @Option(
      names = "--plain",
      description = "Evaluate the plain softmax, even where the model stores a temperature.")
  private boolean plain;

  @Option(
      names = "--novel",
      paramLabel = "DATA",
      description =
          "Images of classes that the model does not know. Prints how well energy, nearest features"
              + " and maximum softmax tell them from those of --data, as AUROC.")
  private @Nullable Path novel;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = out();
    ModelSpec model = choice.find();
    String asked = headName;
    Optional<Head> head =
        asked == null ? Optional.empty() : Optional.of(choice.heads().find(model, asked));
    if (!model.classifies() && head.isEmpty()) {
      throw usage(
          "%s has no classifier, so that there is nothing to evaluate: it gives features alone"
              .formatted(model.name()));
    }
    Labels labels = head.map(Head::labels).orElse(model.labels());
    Views views = views();
    double temperature =
        plain || head.isPresent() ? Temperature.NONE : ConfidenceFile.find(model).temperature();
    if (novel != null && head.isPresent()) {
      throw usage("--novel is about the model's own classes: leave out --head");
    }
    if (novel != null && !(views instanceof Views.CenterCrop)) {
      throw usage("--novel looks at the centre crop alone: leave out --crops and --scales");
    }
    List<Report.Run> runs = new ArrayList<>();
    List<Sample> known = new ArrayList<>();
    SequencedMap<String, String> facts = facts(model, head, views);
    if (temperature != Temperature.NONE) {
      facts.put(
          "temperature",
          String.format(Locale.ROOT, "%.4f, of the model's confidence.json", temperature));
    }
    Path answersFile = csv;
    try (DataSource source = DataSource.open(data);
        @Nullable AnswersFile answers =
            answersFile == null ? null : AnswersFile.create(answersFile, labels)) {
      List<Sample.Image> images = images(labels, source);
      if (temperature != Temperature.NONE) {
        err().printf("the temperature is %s; --plain is without%n", facts.get("temperature"));
      }
      out.print(HEADER);
      for (Precision precision : precisions) {
        runs.add(run(model, head, precision, views, images, temperature, answers, known));
        out.print(line(runs.getLast(), runs.getFirst()));
        out.flush();
      }
    }
    if (novel != null) {
      NoveltyResult result = NoveltyResult.of(known, unknown(model, novel));
      facts.put("unknown classes", novel + ": " + result.text());
      out.printf("%s%n", result.text());
      out.flush();
    }
    if (report != null) {
      Report written =
          Report.of(
              "Evaluation of " + model.name() + head.map(own -> ", head " + own.name()).orElse(""),
              facts,
              runs,
              List.of());
      out.printf("%s%n", written.write(report));
      out.flush();
    }
    return 0;
  }

  private Report.Run run(
      ModelSpec model,
      Optional<Head> head,
      Precision precision,
      Views views,
      List<Sample.Image> images,
      double temperature,
      @Nullable AnswersFile answers,
      List<Sample> known)
      throws IOException {
    try (Evaluator evaluator = Evaluator.open(model, options(precision), views, head);
        ProgressBar bar = TrainingProgress.bar(precision.id(), images.size())) {
      return evaluator.evaluate(
          precision.id(),
          temperature,
          images.stream(),
          (sample, top) -> {
            if (answers != null) {
              answers.put(precision.id(), sample.image(), top);
            }
            if (novel != null && precision == precisions.getFirst()) {
              known.add(sample);
            }
            bar.step();
          });
    }
  }

  /** Of the first precision, as the known ones; all of them, since the model learnt none. */
  private List<Sample> unknown(ModelSpec model, Path folder) throws IOException {
    List<Sample> samples = new ArrayList<>();
    try (DataSource source = DataSource.open(folder);
        Evaluator evaluator =
            Evaluator.open(model, options(precisions.getFirst()), new Views.CenterCrop())) {
      evaluator.run(
          source.evaluated().stream()
              .map(at -> new Sample.Image(source.name(at), 0, () -> source.read(at))),
          samples::add);
    }
    return samples;
  }

  private EngineOptions options(Precision precision) throws IOException {
    try {
      EngineOptions options =
          EngineOptions.ofMachine(/* maxBatch= */ 1).in(precision).on(device.setting().choose());
      return dataFree ? options.withoutData() : options;
    } catch (EngineException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }

  private static String line(Report.Run run, Report.Run first) {
    Evaluation result = run.result();
    return String.format(
        Locale.ROOT,
        "%-10s %8d %7.2f%% %7.2f%% %9.4f %11.2f%% %8d %9.1f%n",
        run.name(),
        result.images(),
        100 * result.top1(),
        100 * result.top5(),
        result.logLoss(),
        100 * result.calibrationError(),
        result.changesFrom(first.result()),
        run.throughput());
  }

  private Views views() {
    if (crops != 1 && crops != 10) {
      throw usage("--crops is %d: it must be 1 or 10".formatted(crops));
    }
    if (scales.isEmpty()) {
      return crops == 10 ? new Views.TenCrops() : new Views.CenterCrop();
    }
    if (crops == 10) {
      throw usage("--crops and --scales exclude each other: at a scale the whole image is shown");
    }
    if (precisions.contains(Precision.INT8)) {
      throw usage("--scales needs fp32 or bf16: plans in int8 are made for one size of images");
    }
    try {
      return new Views.Scales(scales);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  /** Images with labels as the model counts them: folders are named by its labels. */
  private List<Sample.Image> images(Labels labels, DataSource source) throws IOException {
    return images(
        labels, source, heldOut ? source.split(validationShare).validation() : source.evaluated());
  }

  /** Those at some places of a source. */
  static List<Sample.Image> images(Labels labels, DataSource source, List<Integer> positions)
      throws IOException {
    List<Integer> index = new ArrayList<>();
    for (String name : source.classes()) {
      index.add(ExpectedAnswers.index(name, labels, "the folder"));
    }
    return positions.stream()
        .map(at ->
            new Sample.Image(source.name(at), index.get(source.label(at)), () -> source.read(at)))
        .toList();
  }

  private SequencedMap<String, String> facts(ModelSpec model, Optional<Head> head, Views views) {
    SequencedMap<String, String> facts = ReportFacts.of(model, typed());
    head.map(Head::facts)
        .ifPresent(own -> {
          facts.put("head", "%s version %s, %s".formatted(own.name(), own.version(), own.kind()));
          facts.put("digest of the head", own.digest());
          facts.put("classes", String.valueOf(own.classes()));
        });
    facts.put("data", heldOut ? data + ", the images held out" : data.toString());
    facts.put("views", views.describe());
    facts.put("program", "resnet-serving " + ProgramVersion.text());
    return facts;
  }
}
