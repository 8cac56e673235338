package io.github.resnetserving.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuantizationTest {

  @Test
  void eachOutputChannelHasAScaleOfItsOwn() {
    QuantizedWeights quantized =
        QuantizedWeights.of(new float[] {1.27f, -0.5f, 0.004f, 0, 254, -3, 1, 0}, 2);

    assertThat(quantized.scales()).containsExactly(0.01f, 2);
    assertThat(quantized.values()).containsExactly(127, -50, 0, 0, 127, -2, 0, 0);
  }

  @Test
  void aChannelOfZerosStaysZero() {
    QuantizedWeights quantized = QuantizedWeights.of(new float[4], 1);

    assertThat(quantized.scales()).containsExactly(1);
    assertThat(quantized.values()).containsOnly(0);
  }

  @Test
  void theErrorIsWhatRoundingAdds() {
    float[] weights = {1.27f, -0.504f};

    assertThat(QuantizedWeights.of(weights, 1).error(weights, 1)).isCloseTo(0.004, within(1e-7));
  }

  @Test
  void aRangeIs255StepsAndZeroIsExact() {
    assertThat(AffineQuantizer.of(new ActivationRange(0, 51)))
        .isEqualTo(new AffineQuantizer(0.2, 0));
    assertThat(AffineQuantizer.of(new ActivationRange(-25.6, 25.4)))
        .isEqualTo(new AffineQuantizer(51 / 255.0, 128));
  }

  @Test
  void aRangeMustContainZero() {
    assertThatThrownBy(() -> new ActivationRange(1, 2))
        .hasMessage("the range from 1.0 to 2.0 is none: it must have a length and contain 0");
    assertThatThrownBy(() -> new ActivationRange(0, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void valuesAreRoundedToTheNearestBfloat16() {
    assertThat(DType.floatToBfloat16(1)).isEqualTo((short) 0x3f80);
    assertThat(DType.floatToBfloat16(Float.intBitsToFloat(0x3f80_8000))).isEqualTo((short) 0x3f80);
    assertThat(DType.floatToBfloat16(Float.intBitsToFloat(0x3f80_8001))).isEqualTo((short) 0x3f81);
    assertThat(DType.floatToBfloat16(Float.intBitsToFloat(0x3f81_8000))).isEqualTo((short) 0x3f82);
    assertThat(DType.floatToBfloat16(-2.5f)).isEqualTo((short) 0xc020);
  }

  @Test
  void float16HasElevenBitsAndAnEnd() {
    assertThat(DType.F16.encode(new float[] {1, 1.0005f, -2.5f, 65_504, 6e-8f, 1e6f}))
        .containsExactly(0, 0x3c, 1, 0x3c, 0, 0xc1, 0xff, 0x7b, 1, 0, 0, 0x7c);
  }

  @Test
  void aRectifiedGaussianHasItsMoments() {
    Random random = new Random(1);
    double sum = 0;
    double squares = 0;
    int draws = 200_000;
    for (int i = 0; i < draws; i++) {
      double value = Math.max(0, -0.3 + 2 * random.nextGaussian());
      sum += value;
      squares += value * value;
    }
    double mean = sum / draws;

    Moments rectified = new Moments(-0.3, 4).rectified();

    assertThat(rectified.mean()).isCloseTo(mean, within(0.01));
    assertThat(rectified.variance()).isCloseTo(squares / draws - mean * mean, within(0.02));
    assertThat(new Moments(-3, 0).rectified()).isEqualTo(new Moments(0, 0));
    assertThat(Moments.normalDistribution(1.96)).isCloseTo(0.9750021, within(1e-6));
  }

  @Test
  void valuesWithoutOutliersAreNotClipped() {
    Histogram even = new Histogram(ascending(0, 1, 200), filled(200, 100));

    assertThat(even.bestRange()).isEqualTo(new ActivationRange(0, 1));
  }

  @Test
  void aRareOutlierIsClipped() {
    double[] values = ascending(0, 1, 200);
    double[] counts = filled(200, 1_000_000);
    values[199] = 40;
    counts[199] = 1;

    // The step for 40 would cost all others more than the one loses.
    assertThat(new Histogram(values, counts).bestRange().high()).isLessThan(1);
  }

  @Test
  void logarithmicBinsAreReadBackWithinTheirWidth() {
    long[] bins = new long[Histogram.BINS];
    bins[Histogram.MIDDLE] = 5;
    bins[bin(3)] = 2;
    bins[2 * Histogram.MIDDLE - bin(0.1)] = 1;

    Histogram histogram = Histogram.ofBins(bins);

    assertThat(histogram.values()).hasSize(3);
    assertThat(histogram.values()[0]).isCloseTo(-0.1, within(0.1 * 0.006));
    assertThat(histogram.values()[1]).isZero();
    assertThat(histogram.values()[2]).isCloseTo(3, within(3 * 0.006));
    assertThat(histogram.counts()).containsExactly(1, 5, 2);
  }

  @Test
  void whatIsNoHistogramIsRefused() {
    long[] bins = new long[Histogram.BINS];
    assertThatThrownBy(() -> Histogram.ofBins(bins)).hasMessage("no image was shown");
    bins[Histogram.BINS - 1] = 1;
    assertThatThrownBy(() -> Histogram.ofBins(bins)).hasMessageContaining("a million and more");
  }

  private static int bin(double magnitude) {
    return Histogram.MIDDLE
        + (int) Math.round(Histogram.PER_OCTAVE * Math.log(magnitude) / Math.log(2))
        + Histogram.MIDDLE / 2;
  }

  private static double[] ascending(double from, double to, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = from + (to - from) * i / (count - 1);
    }
    return values;
  }

  private static double[] filled(int count, double value) {
    double[] values = new double[count];
    Arrays.fill(values, value);
    return values;
  }

  /** A pre-activated block's sum has no norm of its own, but the next one's tells what it is. */
  @Test
  void aSumsRangeIsWhatTheRunningStatisticsOfItsReaderTell() throws Exception {
    Topology topology =
        Architecture.named("cifar-resnet8", 10, new ArchitectureOptions(null, BlockKind.V2, 1));
    try (FormulaNetwork formula = FormulaNetwork.of(topology)) {
      Network network = formula.network();
      float[] mean = TestWeights.values(network, "layer2.0.bn1.running_mean");
      float[] variance = TestWeights.values(network, "layer2.0.bn1.running_var");
      double low = 0;
      double high = 0;
      for (int i = 0; i < mean.length; i++) {
        low = Math.min(low, mean[i] - 6 * Math.sqrt(variance[i]));
        high = Math.max(high, mean[i] + 6 * Math.sqrt(variance[i]));
      }

      AffineQuantizer quantizer =
          network
              .quantized(Graph.of(topology, 32), Normalization.CIFAR10)
              .quantizer("layer1.0.conv2");

      assertThat(quantizer).isEqualTo(AffineQuantizer.of(new ActivationRange(low, high)));
    }
  }

  /** One weight in ±127 of its own scale, and a bias that has the source's zero point in it. */
  @Test
  void aNormOfItsOwnIsExactInBytes() throws Exception {
    Topology topology =
        Architecture.named("cifar-resnet8", 10, new ArchitectureOptions(null, BlockKind.V2, 1));
    try (FormulaNetwork formula = FormulaNetwork.of(topology)) {
      Network network = formula.network();
      Folding folding = network.folding();
      Quantization quantization = network.quantized(Graph.of(topology, 32), Normalization.CIFAR10);
      AffineQuantizer read = quantization.quantizer("layer1.0.conv2");
      var tensors = quantization.tensors();
      float[] weight = values(tensors.get("layer2.0.bn1.weight"));
      float[] scale = values(tensors.get("layer2.0.bn1.weight_scale"));
      float[] bias = values(tensors.get("layer2.0.bn1.bias"));

      for (int c = 0; c < weight.length; c++) {
        assertThat(Math.abs(weight[c])).isEqualTo(127);
        double exact = weight[c] * scale[c] * read.scale() * 200 + bias[c];
        double real = (200 - read.zeroPoint()) * read.scale();
        assertThat(exact)
            .isCloseTo(
                real * folding.scale("layer2.0.bn1")[c] + folding.shift("layer2.0.bn1")[c],
                within(1e-4));
      }
    }
  }

  private static float[] values(@Nullable TensorSource tensor) {
    assertThat(tensor).isNotNull();
    byte[] bytes = Objects.requireNonNull(tensor).elements().get();
    float[] values = new float[Math.toIntExact(tensor.count())];
    tensor.dtype().read(MemorySegment.ofArray(bytes), 0, values);
    return values;
  }
}
