package io.github.resnetserving.engine;

import io.github.resnetserving.checkpoint.FormulaWeights;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.NetworkFamily;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * A library's network with weights by formula, as the fixture's file describes it. {@code
 * networks/library/make.py} made the numbers.
 *
 * @param side of its input in pixels
 * @param tensors names and shapes of its state dict
 * @param outputs rows of numbers by their names: logits0, logits1, and features0 of some
 */
public record LibraryNetwork(
    int side,
    long parameters,
    long multiplyAdds,
    SequencedMap<String, List<Integer>> tensors,
    Map<String, double[]> outputs) {

  /** With known logits. */
  static final int IMAGES = 2;

  private static final Path FIXTURES = Path.of("src/test/resources/networks/library");

  /** Reads a fixture. */
  public static LibraryNetwork read(String name) throws IOException {
    Map<String, Long> numbers = new HashMap<>();
    SequencedMap<String, List<Integer>> tensors = new LinkedHashMap<>();
    Map<String, double[]> outputs = new HashMap<>();
    for (String line : Files.readAllLines(FIXTURES.resolve(name + ".csv"))) {
      List<String> fields = List.of(line.split(",", -1));
      switch (fields.getFirst()) {
        case "tensor" ->
            tensors.put(
                fields.get(1),
                fields.subList(2, fields.size()).stream().map(Integer::valueOf).toList());
        case "logits0", "logits1", "features0" ->
            outputs.put(
                fields.getFirst(),
                fields.stream().skip(1).mapToDouble(Double::parseDouble).toArray());
        default -> numbers.put(fields.getFirst(), Long.valueOf(fields.get(1)));
      }
    }
    return new LibraryNetwork(
        Math.toIntExact(Objects.requireNonNull(numbers.get("side"))),
        Objects.requireNonNull(numbers.get("parameters")),
        Objects.requireNonNull(numbers.get("multiply-adds")),
        tensors,
        outputs);
  }

  double[] logits(int image) {
    return output("logits" + image);
  }

  /** A row of numbers. */
  public double[] output(String name) {
    return Objects.requireNonNull(outputs.get(name));
  }

  /** What the images of the fixture were standardised by; their size stays. */
  public Preprocessing preprocessing() {
    return new Preprocessing(side, Interpolation.BILINEAR, side, Normalization.CIFAR10);
  }

  /** The images whose outputs are known. */
  public List<Pixels> images() {
    byte[] all = NetworkFamily.images(IMAGES, side);
    int each = all.length / IMAGES;
    return IntStream.range(0, IMAGES)
        .mapToObj(i -> new Pixels(side, side, Arrays.copyOfRange(all, i * each, (i + 1) * each)))
        .toList();
  }

  /** Writes its weights with the names and shapes of the library's state dict. */
  public Path saved(Path folder) throws IOException {
    boolean bottleneck = tensors.keySet().stream().anyMatch(n -> n.contains(".bn3."));
    SequencedMap<String, FloatTensor> weights = new LinkedHashMap<>();
    tensors.forEach((name, shape) ->
        weights.put(name, new FloatTensor(shape, FormulaWeights.values(name, shape, bottleneck))));
    Path file = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(file, weights, Map.of());
    return file;
  }
}
