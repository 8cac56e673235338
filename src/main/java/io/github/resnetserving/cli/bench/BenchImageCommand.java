package io.github.resnetserving.cli.bench;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "image",
    description =
        "Measures how long one thread takes to decode an image, and to resize and crop it as"
            + " ResNets on ImageNet want it.",
    mixinStandardHelpOptions = true)
final class BenchImageCommand extends ConsoleCommand {

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Images.")
  private List<Path> images = new ArrayList<>();

  @Option(names = "--rounds", defaultValue = "100", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--sandbox",
      description =
          "Compares preparing images in this process and in helper processes, by turns: one at a"
              + " time, and on all processors. Not more than 20 rounds are needed.")
  private boolean sandbox;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = out();
    ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
    if (sandbox) {
      try (SandboxBench bench = new SandboxBench(pipeline, rounds, out)) {
        bench.run(images);
      }
      return 0;
    }
    out.printf("JPEG by %s, median of %d%n", pipeline.jpegDecoder(), rounds);
    out.printf("%12s %12s  %s%n", "decode ms", "crop ms", "image");
    for (Path image : images) {
      byte[] encoded = Files.readAllBytes(image);
      double[] decode = new double[rounds];
      double[] whole = new double[rounds];
      for (int i = -rounds; i < rounds; i++) { // the first half compiles
        long start = System.nanoTime();
        var _ = pipeline.decode(encoded);
        long decoded = System.nanoTime();
        var _ = pipeline.prepare(encoded, Preprocessing.TORCHVISION_V1);
        if (i >= 0) {
          decode[i] = (decoded - start) / 1e6;
          whole[i] = (System.nanoTime() - decoded) / 1e6;
        }
      }
      Arrays.sort(decode);
      Arrays.sort(whole);
      out.printf(
          Locale.ROOT,
          "%12.2f %12.2f  %s%n",
          decode[rounds / 2],
          whole[rounds / 2] - decode[rounds / 2],
          image.getFileName());
      out.flush();
    }
    return 0;
  }
}
