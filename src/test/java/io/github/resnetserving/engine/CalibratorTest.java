package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CalibratorTest {

  private static final Topology PROJECTED = Architecture.named("cifar-resnet8-b", 10);

  @BeforeEach
  void ownTheNativeEngine() {
    NativeRuntime.adopt(/* threads= */ 1);
  }

  @Test
  void everyActivationHasItsRange() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(PROJECTED);
        Calibrator calibrator = Calibrator.load(formula.network(), Preprocessing.CIFAR)) {
      calibrator.observe(images(1, 2));
      calibrator.observe(images(2, 1));

      Map<String, ActivationRange> ranges = calibrator.ranges();

      assertThat(ranges.keySet()).containsExactlyElementsOf(formula.network().activations());
      ranges.forEach((name, range) -> {
        // Only a shortcut's convolution has no ReLU after it.
        assertThat(range.low() < 0).as(name).isEqualTo(name.contains("shortcut"));
        assertThat(range.high()).as(name).isPositive();
      });
      assertThat(formula.network().calibrated(ranges).isCalibrated()).isTrue();
    }
  }

  @Test
  void theRangeOfTheLastActivationCoversTheFeatures() throws Exception {
    List<Pixels> images = images(1, 2);
    try (FormulaNetwork formula = FormulaNetwork.of(PROJECTED);
        Calibrator calibrator = Calibrator.load(formula.network(), Preprocessing.CIFAR)) {
      calibrator.observe(images);
      double high = Objects.requireNonNull(calibrator.ranges().get("layer3.0.conv2")).high();
      double largest = new NaiveNetwork(FormulaNetwork.weights(PROJECTED)).largest(images);

      assertThat(high).isCloseTo(largest, within(0.1 * largest));
    }
  }

  @Test
  void withoutImagesThereAreNoRanges() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(PROJECTED);
        Calibrator calibrator = Calibrator.load(formula.network(), Preprocessing.CIFAR)) {
      assertThatThrownBy(calibrator::ranges).hasMessage("no image was shown");
    }
  }

  private static List<Pixels> images(long seed, int count) {
    Random random = new Random(seed);
    return Stream.generate(
            () -> {
              byte[] rgb = new byte[32 * 32 * 3];
              random.nextBytes(rgb);
              return new Pixels(32, 32, rgb);
            })
        .limit(count)
        .toList();
  }
}
