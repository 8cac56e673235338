package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InferenceEngineTest {

  private static final Topology IDENTITY = Architecture.named("cifar-resnet8", 10);
  private static final Topology PROJECTED = Architecture.named("cifar-resnet8-b", 10);

  @ParameterizedTest
  @EnumSource
  void everyPlanAgreesWithTheNetworkByTheBook(PlanKind kind) throws Exception {
    for (Topology topology : List.of(IDENTITY, PROJECTED)) {
      NaiveNetwork book = new NaiveNetwork(FormulaNetwork.weights(topology));
      List<Pixels> batch = images(3);
      try (FormulaNetwork formula = FormulaNetwork.of(topology);
          InferenceEngine engine = load(formula, kind)) {
        assertThat(engine.report().plan()).isEqualTo(kind.name().toLowerCase(Locale.ROOT));
        List<NetworkOutput> outputs = engine.run(batch);
        for (int i = 0; i < batch.size(); i++) {
          double[] expected = book.logits(batch.get(i), Normalization.CIFAR10);
          assertThat(ReferenceNetsTest.difference(outputs.get(i).logits(), expected))
              .isLessThan(1e-5);
        }
      }
    }
  }

  @Test
  void aImageHasTheSameAnswerInEveryBatchSize() throws Exception {
    List<Pixels> batch = images(4);
    try (FormulaNetwork formula = FormulaNetwork.of(IDENTITY);
        InferenceEngine engine = load(formula, PlanKind.FUSED)) {
      List<NetworkOutput> together = engine.run(batch);
      for (int i = 0; i < batch.size(); i++) {
        float[] alone = engine.run(List.of(batch.get(i))).getFirst().logits();
        assertThat(alone)
            .usingComparatorWithPrecision(1e-5f)
            .containsExactly(together.get(i).logits());
      }
    }
  }

  @Test
  void aImageOfAnotherSizeIsRefusedAndTheEngineGoesOn() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(IDENTITY);
        InferenceEngine engine = load(formula, PlanKind.FUSED)) {
      Pixels large = new Pixels(33, 32, new byte[33 * 32 * 3]);

      assertThatThrownBy(() -> engine.run(List.of(large)))
          .hasMessage("an image is 33 x 32, the network takes 32 x 32");
      assertThat(engine.run(images(1))).hasSize(1);
    }
  }

  @Test
  void callersOfManyThreadsGetTheirOwnAnswers() throws Exception {
    List<Pixels> images = images(8);
    try (FormulaNetwork formula = FormulaNetwork.of(IDENTITY);
        InferenceEngine engine = load(formula, PlanKind.FUSED)) {
      List<NetworkOutput> expected = engine.run(images.subList(0, 4));
      List<Thread> threads = new ArrayList<>();
      List<Boolean> right = java.util.Collections.synchronizedList(new ArrayList<>());
      for (int t = 0; t < 4; t++) {
        int i = t;
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    float[] logits = engine.run(List.of(images.get(i))).getFirst().logits();
                    right.add(Math.abs(logits[0] - expected.get(i).logits()[0]) < 1e-5);
                  } catch (EngineException e) {
                    right.add(false);
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(right).containsExactly(true, true, true, true);
    }
  }

  @Test
  void workersAndAllTheirProcessorsTogetherGiveTheSameAnswers(@TempDir Path folder)
      throws Exception {
    List<Pixels> batch = images(4);
    Path archive = folder.resolve("plan.pt");
    PlanReport report = new PlanReport("fused", "fp32", "cpu", /* copies= */ 2, List.of());
    EngineOptions options = new EngineOptions(1, 4, PlanKind.FUSED).withWorkers(2);
    EngineThreads threads = new EngineThreads(2, 1);
    try (FormulaNetwork formula = FormulaNetwork.of(PROJECTED);
        InferenceEngine sole = load(formula, PlanKind.FUSED)) {
      PlanWriter.write(
          archive,
          formula.network(),
          Target.CPU,
          PlanKind.FUSED,
          Precision.FP32,
          Preprocessing.CIFAR);
      try (InferenceEngine several =
          InferenceEngine.open(
              archive, report, Preprocessing.CIFAR, options, threads, PlanVariant::open)) {
        List<NetworkOutput> expected = sole.run(batch);
        List<NetworkOutput> outputs = several.run(batch);
        assertThat(several.spreads()).isTrue();
        for (int i = 0; i < batch.size(); i++) {
          float[] logits = expected.get(i).logits();
          assertThat(outputs.get(i).logits())
              .usingComparatorWithPrecision(1e-5f)
              .containsExactly(logits);
          assertThat(several.runSpread(batch.get(i)).logits())
              .usingComparatorWithPrecision(1e-5f)
              .containsExactly(logits);
        }
      }
    } finally {
      threads.leave();
    }
  }

  private static InferenceEngine load(FormulaNetwork formula, PlanKind kind)
      throws EngineException {
    return InferenceEngine.load(
        formula.network(), Preprocessing.CIFAR, new EngineOptions(2, 4, kind));
  }

  private static List<Pixels> images(int count) {
    Random random = new Random(5);
    List<Pixels> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[32 * 32 * 3];
      random.nextBytes(rgb);
      images.add(new Pixels(32, 32, rgb));
    }
    return images;
  }
}
