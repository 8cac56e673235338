package io.github.resnetserving.network;

import io.github.resnetserving.model.ActivationRange;
import io.github.resnetserving.model.NetworkOptions;
import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.network.Script.Value;
import io.github.resnetserving.weights.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A residual network: its topology and its tensors.
 *
 * <p>Immutable, and as long-lived as the checkpoint that its tensors lie in.
 */
public final class Network {

  private final Topology topology;
  private final SequencedMap<String, Tensor> tensors;
  private final Reading reading;
  private final @Nullable Map<String, ActivationRange> ranges;

  private Network(
      Topology topology,
      SequencedMap<String, Tensor> tensors,
      Reading reading,
      @Nullable Map<String, ActivationRange> ranges) {
    this.topology = topology;
    this.tensors = tensors;
    this.reading = reading;
    this.ranges = ranges;
  }

  /**
   * Recognises a network by its tensors' names and shapes and checks every value.
   *
   * @param tensors by torchvision's, timm's or Hugging Face's names, perhaps below a prefix and
   *     among others
   * @param options what names and shapes do not tell; its state dict has been taken before
   * @throws NetworkException if a tensor is missing, unexpected, misshapen or not finite, or if it
   *     is not clear which tensors are meant
   */
  public static Network of(SequencedMap<String, Tensor> tensors, NetworkOptions options)
      throws NetworkException {
    NetworkTensors<Tensor> found = NetworkTensors.of(tensors, Tensor::shape, options);
    Topology topology = TopologyInference.infer(shapes(found), options);
    for (Map.Entry<String, Tensor> entry : found.tensors().entrySet()) {
      checkValues(entry.getKey(), entry.getValue().toFloats());
    }
    return new Network(
        topology, found.tensors(), Reading.of(found, topology, tensors, options), null);
  }

  /**
   * Finds out a network's shape without looking at its weights.
   *
   * @throws NetworkException as {@link #of}
   */
  static Topology topologyOf(SequencedMap<String, Tensor> tensors, NetworkOptions options)
      throws NetworkException {
    NetworkTensors<Tensor> found = NetworkTensors.of(tensors, Tensor::shape, options);
    return TopologyInference.infer(shapes(found), options);
  }

  private static Map<String, List<Integer>> shapes(NetworkTensors<Tensor> found) {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    found.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  private static void checkValues(String name, float[] values) throws NetworkException {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new NetworkException(
            "%s holds %s at position %d: the weights are damaged, or training diverged"
                .formatted(name, values[i], i));
      }
      if (values[i] < 0 && name.endsWith(".running_var")) {
        throw new NetworkException(
            "%s holds %s at position %d: a variance cannot be negative"
                .formatted(name, values[i], i));
      }
    }
  }

  public Topology topology() {
    return topology;
  }

  /** How the checkpoint was understood: what was assumed, and what was left. */
  public Reading reading() {
    return reading;
  }

  /**
   * This network with measured activation ranges for 8-bit plans; without them the ranges are
   * estimated from the batch norms.
   *
   * @param measured by the name of the convolution that gives the activation
   * @throws NetworkException if they are those of another network
   */
  public Network calibrated(Map<String, ActivationRange> measured) throws NetworkException {
    List<String> expected = activations();
    List<String> missing = expected.stream().filter(n -> !measured.containsKey(n)).toList();
    List<String> extra = measured.keySet().stream().filter(n -> !expected.contains(n)).toList();
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new NetworkException(
          "the activation ranges are those of another network: missing %s; unexpected %s"
              .formatted(NetworkException.some(missing), NetworkException.some(extra)));
    }
    return new Network(topology, tensors, reading, Map.copyOf(measured));
  }

  /** This network with ranges estimated from the batch norms alone. */
  public Network uncalibrated() {
    return new Network(topology, tensors, reading, null);
  }

  /** Whether the activation ranges were measured. */
  public boolean isCalibrated() {
    return ranges != null;
  }

  /** The program that measures this network's activation ranges. */
  public CalibrationProgram calibration() {
    return new CalibrationProgram(topology, new Folding(tensors), activations());
  }

  /** The activations that an 8-bit plan quantises, by the convolutions that give them. */
  public List<String> activations() {
    return topology.convolutions().stream().map(Convolution::name).toList();
  }

  /**
   * Writes a TorchScript archive that runs this network.
   *
   * <p>Its methods: {@code run(pixels)} takes (n, size, size, 3) unsigned bytes, {@code forward(x)}
   * a standardised (n, 3, size, size); both give the (n, classes) logits and the (n, width) pooled
   * features. {@code prepare(n)} reorders the weights for batches of n pictures; it must run once
   * before, and only once.
   *
   * <p>Others look inside, all from the same pixels: {@code stem(pixels)}, {@code layer1(pixels)}
   * and so on give the float32 (n, channels, height, width) map of a stage, and {@code stages()}
   * says how many layers there are; {@code explain(pixels, classes)} takes a class or -1 for the
   * top one of each picture and gives the (n, classes) logits, the (n, height, width) class
   * activation maps, the (n,) biases and the (n,) classes. Without a classifier there are no
   * logits, (n, 0), and there is no {@code explain}.
   *
   * <p>A direct plan has two methods more: {@code program()} gives the text of a {@link
   * DirectProgram}, and {@code weights()} the tensors of its layers in the order of its steps, the
   * classifier's last: weight, bias, and in int8 but for the classifier the weight's scales.
   *
   * <p>A plan for a GPU has a method {@code staging(bytes)} that gives (bytes,) unsigned bytes of
   * the processor's memory, pinned where the plan is on a GPU: inputs that lie there arrive
   * fastest.
   *
   * @param precision one that {@link PlanKind#exists} in
   * @param size side of the input in pixels
   */
  public void writePlan(
      Path file,
      Target target,
      PlanKind kind,
      Precision precision,
      int size,
      Normalization normalization)
      throws IOException {
    if (!kind.exists(precision, target)) {
      throw new IllegalArgumentException(
          "there is no %s plan in %s for a %s; there is always the fused one in fp32"
              .formatted(kind.name().toLowerCase(Locale.ROOT), precision.id(), target));
    }
    Folding folding = new Folding(tensors);
    PlanForm form =
        switch (kind) {
          case FUSED, DIRECT ->
              switch (target) {
                case CPU ->
                    precision == Precision.INT8
                        ? quantized(size, normalization)
                        : new FusedForm(topology, folding, ElementType.of(precision));
                case GPU -> new CudnnForm(topology, folding, ElementType.of(precision));
              };
          case PLAIN -> new PlainForm(topology, folding);
          case EAGER -> new EagerForm(tensors);
        };
    ScriptArchive archive = new ScriptArchive(List.of(), List.of());
    form.addTensors(archive);
    new Standardization(normalization).attributes().forEach(archive::attribute);
    Script prepare = new Script();
    form.prepare(prepare, size);
    prepare.line("return batch");
    archive.method(prepare, "prepare(self, batch: int) -> int");
    Script run = new Script();
    finish(run, form, form.fromPixels(run, target.arrived(run, "pixels"), size));
    archive.method(run, "run(self, pixels: Tensor) -> Tuple[Tensor, Tensor]");
    Script forward = new Script();
    finish(forward, form, form.fromStandardized(forward, target.arrived(forward, "x"), size));
    archive.method(forward, "forward(self, x: Tensor) -> Tuple[Tensor, Tensor]");
    Inside inside = new Inside(topology, form, target, size);
    inside.addStages(archive);
    if (topology.classifies()) {
      inside.addExplanation(archive);
    }
    target.addStaging(archive);
    if (kind == PlanKind.DIRECT) {
      new Direct(topology, form, precision, size, normalization).addTo(archive);
    }
    archive.write(file);
  }

  /** The 8-bit form of this network. */
  QuantizedForm quantized(int size, Normalization normalization) {
    Folding folding = new Folding(tensors);
    if (ranges != null) {
      return QuantizedForm.of(topology, folding, ranges, size, normalization);
    }
    Folding equalized = folding.equalized(topology);
    return QuantizedForm.of(
        topology,
        equalized,
        ActivationStatistics.of(topology, equalized).ranges(),
        size,
        normalization);
  }

  private void finish(Script script, PlanForm form, Value input) {
    ForwardPass pass = new ForwardPass(topology, form.operators());
    String features = pass.features(script, input);
    String logits = pass.classify(script, features);
    script.line("return (%s, %s)".formatted(logits, features));
  }
}
