package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.cli.output.CompletedIds;
import io.github.resnetserving.cli.output.Sink;
import io.github.resnetserving.evaluation.ContactSheet;
import io.github.resnetserving.evaluation.ContactSheet.Cell;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.similarity.ImageIndex;
import io.github.resnetserving.similarity.ImageIndex.Match;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "similar",
    description = "Finds images that are similar to others, by a network's features.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {SimilarCommand.Build.class, SimilarCommand.Query.class})
final class SimilarCommand {

  /** Gives the features of each image on, and prints what is wrong with the others. */
  private static final class Features extends Sink<float[]> {

    private final Row row;

    /** Takes the features of one image. */
    @FunctionalInterface
    private interface Row {
      void put(String image, float[] features) throws IOException;
    }

    Features(PrintWriter err, Row row) {
      super(err);
      this.row = row;
    }

    @Override
    public void put(String id, float[] value) throws IOException {
      row.put(id, value);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static Function<byte[], Outcome<float[]>> ask(ResNet net) {
    return image -> net.features(List.of(image)).getFirst();
  }

  @Command(
      name = "build",
      description = "Makes an index of images.",
      mixinStandardHelpOptions = true,
      sortOptions = false)
  static final class Build extends ConsoleCommand {

    @Parameters(
        paramLabel = "FILE_OR_DIR",
        arity = "1..*",
        description = "Photographs, or folders of them.")
    private List<String> files = new ArrayList<>();

    @Option(
        names = "--index",
        required = true,
        paramLabel = "DIR",
        description = "Where the index is written. One that is there is replaced.")
    private Path index = Path.of("");

    @Mixin private ModelChoice choice = new ModelChoice();
    @Mixin private DeviceChoice device = new DeviceChoice();

    @Override
    public Integer call() throws Exception {
      ModelSpec model = choice.find();
      List<String> names = new ArrayList<>();
      List<float[]> rows = new ArrayList<>();
      int failures;
      try (ResNet net =
              ResNet.builder().device(device.setting()).batch(RunInput.batch(files)).open(model);
          Features features =
              new Features(
                  err(),
                  (image, row) -> {
                    names.add(Path.of(image).toAbsolutePath().normalize().toString());
                    rows.add(row);
                  });
          RunInput input = new RunInput(files, _ -> true, new CompletedIds(), err())) {
        input.run(ask(net), features);
        failures = features.failures();
      }
      if (rows.isEmpty()) {
        throw new IOException(
            "there is no image to put into an index in %s".formatted(String.join(", ", files)));
      }
      ImageIndex.write(index, new ImageIndex.Model(model.name(), model.digest()), names, rows);
      out()
          .printf(
              Locale.ROOT,
              "%,d images, %d features each: %s%n",
              rows.size(),
              rows.getFirst().length,
              index);
      out().flush();
      return failures == 0 ? 0 : 1;
    }
  }

  @Command(
      name = "query",
      description = "Prints the images of an index that are most similar to others.",
      mixinStandardHelpOptions = true,
      sortOptions = false)
  static final class Query extends ConsoleCommand {

    @Parameters(
        paramLabel = "FILE_OR_DIR",
        arity = "1..*",
        description = "Photographs, folders of them, or - for one on standard input.")
    private List<String> files = new ArrayList<>();

    @Option(
        names = "--index",
        required = true,
        paramLabel = "DIR",
        description = "What similar build wrote.")
    private Path index = Path.of("");

    @Option(
        names = "--top",
        defaultValue = "10",
        paramLabel = "N",
        description = "Similar images for each (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(
        names = "--contact-sheet",
        paramLabel = "FILE.png",
        description = "Draws each image, and beside it the seven that are most similar.")
    private @Nullable Path sheet;

    @Option(
        names = "--models-dir",
        paramLabel = "DIR",
        defaultValue = "${env:RESNET_MODELS_DIR:-models}",
        description = "Where the index's model lies (default: ${DEFAULT-VALUE}).")
    private Path models = Path.of("models");

    @Mixin private DeviceChoice device = new DeviceChoice();

    @Override
    public Integer call() throws Exception {
      if (top < 1) {
        throw usage("--top is %d: it must be at least 1".formatted(top));
      }
      if (sheet != null && files.contains(ImageFiles.STANDARD_INPUT)) {
        throw usage("--contact-sheet needs files: standard input cannot be read twice");
      }
      PrintWriter out = out();
      List<List<Cell>> rows = new ArrayList<>();
      int failures;
      try (ImageIndex images = ImageIndex.open(index);
          ResNet net =
              ResNet.builder()
                  .device(device.setting())
                  .batch(RunInput.batch(files))
                  .open(model(images));
          Features features =
              new Features(
                  err(),
                  (image, row) -> {
                    List<Match> matches = images.nearest(row, top);
                    print(image, matches, out);
                    rows.add(cells(image, matches));
                  });
          RunInput input = new RunInput(files, _ -> true, new CompletedIds(), err())) {
        input.run(ask(net), features);
        failures = features.failures();
      }
      out.flush();
      if (sheet != null) {
        ContactSheet.write(sheet, rows);
      }
      return failures == 0 ? 0 : 1;
    }

    /** The model that made the index, since features of others mean something else. */
    private ModelSpec model(ImageIndex images) throws IOException {
      String name = images.model().name();
      ModelSpec model =
          new ModelRepository(models)
              .find(name)
              .orElseThrow(() ->
                  new ModelException(
                      "%s was made by the model %s, which is not in %s: name its folder with --models-dir, or make the index anew"
                          .formatted(index, name, models)));
      if (!model.digest().equals(images.model().digest())) {
        throw new ModelException(
            "%s was made by other weights of %s than those in %s: make it anew with similar build"
                .formatted(index, name, models));
      }
      return model;
    }

    private static void print(String image, List<Match> matches, PrintWriter out) {
      out.println(image);
      for (Match match : matches) {
        out.printf(Locale.ROOT, "  %.4f  %s%n", match.similarity(), match.image());
      }
    }

    private static List<Cell> cells(String image, List<Match> matches) {
      List<Cell> cells = new ArrayList<>();
      cells.add(new Cell(() -> Files.readAllBytes(Path.of(image)), image, "asked for"));
      for (Match match : matches.subList(0, Math.min(ContactSheet.COLUMNS - 1, matches.size()))) {
        cells.add(
            new Cell(
                () -> Files.readAllBytes(Path.of(match.image())),
                match.image(),
                String.format(Locale.ROOT, "%.4f", match.similarity())));
      }
      return cells;
    }
  }
}
