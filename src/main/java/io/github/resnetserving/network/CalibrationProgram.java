package io.github.resnetserving.network;

import io.github.resnetserving.model.ActivationRange;
import io.github.resnetserving.model.Normalization;
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

  private final Topology topology;
  private final Folding folding;
  private final List<String> activations;

  CalibrationProgram(Topology topology, Folding folding, List<String> activations) {
    this.topology = topology;
    this.folding = folding;
    this.activations = activations;
  }

  /** Writes the archive. */
  public void write(Path file, int size, Normalization normalization) throws IOException {
    PlainForm form = new PlainForm(topology, folding);
    ScriptArchive archive = new ScriptArchive(List.of(), List.of());
    form.addTensors(archive);
    new Standardization(normalization).attributes().forEach(archive::attribute);
    archive.attribute(ObservingOperators.HISTOGRAMS, List.of(1), () -> new float[1]);
    Script prepare = new Script();
    prepare.line(
        "self.%s = torch.zeros([%d, %d], dtype=4)"
            .formatted(ObservingOperators.HISTOGRAMS, activations.size(), Histogram.BINS));
    prepare.line("return " + activations.size());
    archive.method(prepare, "prepare(self) -> int");
    Script observe = new Script();
    ForwardPass pass =
        new ForwardPass(topology, new ObservingOperators(new PlainOperators(), activations));
    pass.trunk(observe, form.fromPixels(observe, "pixels", size));
    observe.line("return " + activations.size());
    archive.method(observe, "observe(self, pixels: Tensor) -> int");
    Script counts = new Script();
    counts.line("return self." + ObservingOperators.HISTOGRAMS);
    archive.method(counts, "counts(self) -> Tensor");
    archive.write(file);
  }

  /**
   * The range of each activation that loses least.
   *
   * @param counts what {@code counts()} gave, row-major
   * @throws IllegalArgumentException if no picture was shown or a value is not finite
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
