package io.github.resnetserving.cli;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.model.FeatureMap;
import io.github.resnetserving.model.Inspection;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.Pixels;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "features",
    description = "Writes the network's features of photographs.",
    mixinStandardHelpOptions = true)
final class FeaturesCommand implements Callable<Integer> {

  static final String POOL = "pool";

  private static final List<String> LAYERS =
      List.of("stem", "layer1", "layer2", "layer3", "layer4");

  private final ModelLoader loader;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      defaultValue = POOL,
      description =
          "pool, the global average pool of the last stage, or the map of stem or layer1 to layer4"
              + " (default: ${DEFAULT-VALUE}).")
  private String layer = POOL;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "FILE.npy, one array with FILE.npy.ndjson beside it, which says whose each row is;"
              + " FILE.parquet; or FILE.ndjson. Given again, an interrupted run goes on. Without it"
              + " lines of JSON are printed.")
  private @Nullable Path out;

  @Parameters(
      paramLabel = "FILE_OR_DIR",
      arity = "1..*",
      description = "Photographs, folders of them, or - for one on standard input.")
  private List<String> files = new ArrayList<>();

  FeaturesCommand(ModelLoader loader) {
    this.loader = loader;
  }

  @Override
  public Integer call() throws Exception {
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter err = command.commandLine().getErr();
    int stage = LAYERS.indexOf(layer);
    if (stage < 0 && !layer.equals(POOL)) {
      throw new ParameterException(
          command.commandLine(),
          "--layer is %s: it must be pool or one of %s"
              .formatted(layer, String.join(", ", LAYERS)));
    }
    ModelSpec model = choice.find();
    try (FeatureSink sink = sink(command);
        InferenceEngine engine =
            loader.load(model, EngineOptions.ofMachine(RunInput.batch(files)).on(device.find()));
        RunInput input = new RunInput(files, sink.done(), err)) {
      if (stage > engine.stages()) {
        throw new ParameterException(
            command.commandLine(),
            "--layer is %s: %s has pool, %s"
                .formatted(
                    layer,
                    model.name(),
                    String.join(", ", LAYERS.subList(0, engine.stages() + 1))));
      }
      new BulkRun<FeatureMap>(
              new ImagePipeline(DecodePolicy.DEFAULT),
              model.preprocessing(),
              crops -> stage < 0 ? pooled(engine, crops) : maps(engine, crops, stage))
          .run(input, sink);
      sink.complete();
      return sink.failures() == 0 ? 0 : 1;
    }
  }

  private FeatureSink sink(CommandSpec command) throws IOException {
    PrintWriter err = command.commandLine().getErr();
    Path file = out;
    if (file == null) {
      return FeatureSink.printed(layer, command.commandLine().getOut(), err);
    }
    String name = file.toString();
    if (name.endsWith(".npy")) {
      return FeatureSink.array(file, layer, err);
    }
    if (name.endsWith(".ndjson")) {
      return FeatureSink.lines(file, layer, err);
    }
    if (name.endsWith(".parquet")) {
      return FeatureSink.parquet(file, layer, err);
    }
    throw new ParameterException(
        command.commandLine(),
        "--out is %s: its name must end in .npy, .parquet or .ndjson".formatted(file));
  }

  private static List<FeatureMap> pooled(InferenceEngine engine, List<Pixels> crops)
      throws EngineException {
    return engine.run(crops).stream()
        .map(output -> new FeatureMap(output.features().length, 1, 1, output.features()))
        .toList();
  }

  private static List<FeatureMap> maps(InferenceEngine engine, List<Pixels> crops, int stage)
      throws EngineException {
    List<Inspection> looks = new ArrayList<>();
    crops.forEach(crop -> looks.add(new Inspection.OfStage(crop, stage)));
    return engine.inspect(looks).stream().map(FeatureMap.class::cast).toList();
  }
}
