package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.cli.output.FeatureSink;
import io.github.resnetserving.cli.output.Sink;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "features",
    description = "Writes the network's features of photographs.",
    mixinStandardHelpOptions = true)
final class FeaturesCommand extends ConsoleCommand {

  private static final List<String> LAYERS =
      List.of("stem", "layer1", "layer2", "layer3", "layer4");

  @Mixin private ModelChoice choice = new ModelChoice();
  @Mixin private DeviceChoice device = new DeviceChoice();
  @Mixin private Sharding sharding = new Sharding();

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      defaultValue = ResNet.POOL,
      description =
          "pool, the global average pool of the last stage, or the map of stem or layer1 to layer4"
              + " (default: ${DEFAULT-VALUE}).")
  private String layer = ResNet.POOL;

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

  @Override
  public Integer call() throws Exception {
    PrintWriter err = err();
    if (!LAYERS.contains(layer) && !layer.equals(ResNet.POOL)) {
      throw usage(
          "--layer is %s: it must be pool or one of %s"
              .formatted(layer, String.join(", ", LAYERS)));
    }
    ModelSpec model = choice.find();
    try (Sharding shards = sharding;
        Sink<FeatureMap> sink = sink(shards.begin(out, files, model, "features " + layer));
        ResNet net =
            ResNet.builder().device(device.setting()).batch(RunInput.batch(files)).open(model);
        RunInput input = new RunInput(files, shards::has, sink.done(), err)) {
      if (!layer.equals(ResNet.POOL) && !net.layers().contains(layer)) {
        throw usage(
            "--layer is %s: %s has pool, %s"
                .formatted(layer, model.name(), String.join(", ", net.layers())));
      }
      input.run(image -> net.features(List.of(image), layer).getFirst(), sink);
      return shards.end(sink, err);
    }
  }

  private Sink<FeatureMap> sink(@Nullable Path file) throws IOException {
    PrintWriter err = err();
    if (file == null) {
      return FeatureSink.printed(layer, out(), err);
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
    throw usage("--out is %s: its name must end in .npy, .parquet or .ndjson".formatted(file));
  }
}
