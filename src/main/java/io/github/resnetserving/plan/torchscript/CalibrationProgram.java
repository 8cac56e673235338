package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Histogram;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A network in float32 that counts the values of its activations.
 *
 * <p>The archive's methods: {@code prepare()} makes the counts zero; {@code observe(pixels)} shows
 * it (n, size, size, 3) unsigned bytes; {@code counts()} gives the (activations, bins) counts, rows
 * in the order of {@link Network#activations}.
 */
public final class CalibrationProgram {

  private final Network network;
  private final List<String> activations;

  public CalibrationProgram(Network network) {
    this.network = network;
    this.activations = network.activations();
  }

  /**
   * Writes the archive.
   *
   * @param side of the network's input in pixels
   */
  public void write(Path file, int side, Normalization normalization) throws IOException {
    Graph graph = Graph.of(network.topology(), side);
    Lowering lowering = new CalibrationLowering(graph, network.folding(), activations);
    ScriptArchive archive = new ScriptArchive(List.of(), List.of());
    lowering.addTensors(archive);
    new Standardization(normalization).addTo(archive);
    archive.attribute(
        CalibrationLowering.HISTOGRAMS, TensorSource.of(DType.F32, List.of(1), () -> new float[1]));
    Script prepare = new Script();
    prepare.line(
        "self.%s = torch.zeros([%d, %d], dtype=4)"
            .formatted(CalibrationLowering.HISTOGRAMS, activations.size(), Histogram.BINS));
    prepare.line("return " + activations.size());
    archive.method(prepare, "prepare(self) -> int");
    Script observe = new Script();
    lowering.write(observe, lowering.fromPixels(observe, "pixels"), graph.last());
    observe.line("return " + activations.size());
    archive.method(observe, "observe(self, pixels: Tensor) -> int");
    Script counts = new Script();
    counts.line("return self." + CalibrationLowering.HISTOGRAMS);
    archive.method(counts, "counts(self) -> Tensor");
    archive.write(file);
  }

  /**
   * The range of each activation that loses least.
   *
   * @param counts what {@code counts()} gave, row-major
   * @throws IllegalArgumentException if no image was shown or a value is not finite
   */
  public SequencedMap<String, ActivationRange> ranges(long[] counts) {
    SequencedMap<String, ActivationRange> ranges = new LinkedHashMap<>();
    for (int i = 0; i < activations.size(); i++) {
      long[] row = Arrays.copyOfRange(counts, i * Histogram.BINS, (i + 1) * Histogram.BINS);
      ranges.put(activations.get(i), Histogram.ofBins(row).bestRange());
    }
    return ranges;
  }
}
