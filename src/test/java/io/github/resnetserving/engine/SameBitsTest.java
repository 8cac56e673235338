package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFamily;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An image has the same logits and features to the bit, alone, again, and in batches of any size,
 * at any place and beside any other images.
 */
class SameBitsTest {

  private static final Preprocessing PREPROCESSING =
      new Preprocessing(
          NetworkFamily.SIDE, Interpolation.BILINEAR, NetworkFamily.SIDE, Normalization.CIFAR10);
  private static final int IMAGES = 8;

  @TempDir private Path folder;

  /** Each kind of block, with a projection in every one, and each kind of stem. */
  static List<NetworkFamily> families() {
    List<NetworkFamily> all = NetworkFamily.all();
    return all.subList(12, all.size());
  }

  @ParameterizedTest
  @MethodSource("families")
  void inDirectPlans(NetworkFamily family) throws Exception {
    try (NetworkFile file = saved(family)) {
      for (Precision precision : Precision.values()) {
        if (PrecisionAssumptions.runs(precision) && NativeRuntime.hasOneDnn()) {
          assertSameBits(
              precision == Precision.INT8 ? calibrated(file.network()) : file.network(),
              new EngineOptions(2, IMAGES, PlanKind.DIRECT).in(precision));
        }
      }
    }
  }

  /** One thread a worker, and one image on both where that is faster. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void onEveryWorkerAndOnAllProcessorsAtOnce(Precision precision) throws Exception {
    assumeTrue(PrecisionAssumptions.runs(precision) && NativeRuntime.hasOneDnn());
    NetworkFamily family = NetworkFamily.all().getLast(); // bottlenecks of four stages
    EngineOptions options =
        new EngineOptions(
            /* workers= */ 2,
            /* threads= */ 1,
            IMAGES,
            PlanKind.DIRECT,
            PrecisionSetting.of(precision),
            /* dataFree= */ false,
            ComputeDevice.CPU,
            /* deterministic= */ true);
    try (NetworkFile file = saved(family);
        InferenceEngine engine =
            InferenceEngine.load(
                precision == Precision.INT8 ? calibrated(file.network()) : file.network(),
                PREPROCESSING,
                options)) {
      List<NetworkOutput> expected = engine.run(images());
      try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
        List<Future<List<NetworkOutput>>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          all.add(callers.submit(() -> engine.run(images())));
        }
        for (Future<List<NetworkOutput>> one : all) {
          for (int i = 0; i < IMAGES; i++) {
            assertThat(one.get().get(i).logits()).isEqualTo(expected.get(i).logits());
          }
        }
      }
      for (int i = 0; i < IMAGES; i++) {
        assertThat(engine.runSpread(images().get(i)).logits())
            .as("spread: %s", engine.spreads())
            .isEqualTo(expected.get(i).logits());
      }
    }
  }

  private static void assertSameBits(Network network, EngineOptions options) throws Exception {
    try (InferenceEngine engine = InferenceEngine.load(network, PREPROCESSING, options)) {
      List<Pixels> images = images();
      List<NetworkOutput> alone = new ArrayList<>();
      for (Pixels image : images) {
        alone.add(engine.run(List.of(image)).getFirst());
      }
      for (int size = 1; size <= IMAGES; size++) {
        for (int first = 0; first < IMAGES; first += 3) {
          List<Integer> places = places(first, size);
          List<NetworkOutput> together = engine.run(places.stream().map(images::get).toList());
          for (int k = 0; k < size; k++) {
            NetworkOutput expected = alone.get(places.get(k));
            String what = "place %d of %d, %s".formatted(k, size, options.precision());
            assertThat(together.get(k).logits()).as(what).isEqualTo(expected.logits());
            assertThat(together.get(k).features()).as(what).isEqualTo(expected.features());
          }
        }
      }
    }
  }

  /** So many images from one on, round the end. */
  private static List<Integer> places(int first, int size) {
    return Stream.iterate(first, at -> (at + 1) % IMAGES).limit(size).toList();
  }

  private NetworkFile saved(NetworkFamily family) throws Exception {
    Path file = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(file, FormulaNetwork.weights(family.topology()), Map.of());
    return NetworkFile.open(file.toUri(), family.options().network());
  }

  private static Network calibrated(Network network) throws Exception {
    NativeRuntime.adopt(/* threads= */ 2);
    try (Calibrator calibrator = Calibrator.load(network, PREPROCESSING)) {
      calibrator.observe(images());
      return network.calibrated(calibrator.ranges());
    }
  }

  private static List<Pixels> images() {
    int side = NetworkFamily.SIDE;
    Random random = new Random(11);
    List<Pixels> images = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      byte[] values = new byte[side * side * 3];
      random.nextBytes(values);
      images.add(new Pixels(side, side, values));
    }
    return images;
  }
}
