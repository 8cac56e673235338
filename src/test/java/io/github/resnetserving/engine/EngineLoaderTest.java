package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.PlanReport.PlanMeasurement;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineLoaderTest {

  private static final EngineOptions AUTO = new EngineOptions(2, 4, null).in(PrecisionSetting.AUTO);

  /** A network that counts how often it is opened. */
  private static final class Source implements PlanSource {

    private final FormulaNetwork formula;
    private String identity = "weights";
    private int opened;

    Source(FormulaNetwork formula) {
      this.formula = formula;
    }

    @Override
    public String name() {
      return "net-1";
    }

    @Override
    public String identity() {
      return identity;
    }

    @Override
    public Preprocessing preprocessing() {
      return Preprocessing.CIFAR;
    }

    @Override
    public void open(Use use) throws IOException, EngineException {
      opened++;
      use.accept(formula.network());
    }
  }

  @TempDir private Path folder;
  private FormulaNetwork formula;
  private Source source;
  private EngineLoader loader;

  @BeforeEach
  void open() throws IOException {
    formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10));
    source = new Source(formula);
    loader = new EngineLoader(PlanCache.open(folder));
  }

  @AfterEach
  void close() throws IOException {
    formula.close();
  }

  @Test
  void theFastestPlanThatAgreesWithFloat32Serves() throws Exception {
    try (InferenceEngine engine = measured(loader, AUTO)) {
      PlanReport report = engine.report();
      PlanMeasurement fastest =
          report.trials().stream()
              .filter(trial -> trial.refused() == null)
              .min(Comparator.comparingDouble(PlanMeasurement::millis))
              .orElseThrow();

      assertThat(report.trials())
          .extracting(trial -> trial.plan() + "-" + trial.precision())
          .containsExactlyElementsOf(
              AUTO.candidates(ProcessorFeatures.ofMachine(), NativeRuntime.hasOneDnn()).stream()
                  .map(PlanVariant::id)
                  .toList())
          .startsWith("fused-fp32");
      assertThat(report.trials())
          .allSatisfy(trial -> {
            assertThat(trial.rates()).containsOnlyKeys(1, 2, 4);
            assertThat(trial.difference()).isBetween(0.0, 0.03);
          });
      assertThat(report.trials().getFirst().difference()).isZero();
      assertThat(report.plan()).isEqualTo(fastest.plan());
      assertThat(report.precision()).isEqualTo(fastest.precision());
    }
  }

  @Test
  void inAPrecisionThatIsAskedForPlansCompeteAndAreComparedWithTheFusedOne() throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.INT8);
    assumeTrue(
        NativeRuntime.hasOneDnn(), "skipped: direct plans are for libtorch on x86-64 under Linux");
    EngineOptions options = AUTO.in(Precision.INT8);
    try (InferenceEngine engine = measured(loader, options)) {
      assertThat(engine.report().precision()).isEqualTo("int8");
      assertThat(engine.report().trials())
          .extracting(PlanMeasurement::plan)
          .containsExactly("fused", "direct");
      assertThat(engine.report().trials().getLast().difference()).isBetween(0.0, 1e-5);
    }
  }

  @Test
  void aSecondStartLoadsTheWinnerAndReadsNoWeights() throws Exception {
    PlanReport first;
    float[] logits;
    try (InferenceEngine engine = measured(loader, AUTO)) {
      first = engine.report();
      logits = logits(engine);
    }
    int opened = source.opened;

    try (InferenceEngine engine = loader.load(source, AUTO)) {
      assertThat(source.opened).isEqualTo(opened);
      assertThat(engine.report()).isEqualTo(first);
      assertThat(logits(engine)).containsExactly(logits);
    }
  }

  @Test
  void otherWeightsOptionsOrProcessorsAreMeasuredAnew() throws Exception {
    EngineLoader older =
        new EngineLoader(
            PlanCache.open(folder), new ProcessorFeatures(Set.of("sse2")), PlanVariant::open);
    measured(loader, AUTO).close();

    int[] opened = {source.opened};
    // One that serves, then fused, and direct where there are direct plans, else plain.
    assertThat(opens(loader, AUTO.in(Precision.FP32), opened)).isEqualTo(3);
    assertThat(opens(loader, new EngineOptions(1, 4, null), opened)).isEqualTo(3);
    assertThat(opens(older, AUTO, opened)).isEqualTo(3); // knows no bfloat16
    source.identity = "other weights";
    assertThat(opens(loader, AUTO.in(Precision.FP32), opened)).isEqualTo(3);
  }

  private InferenceEngine measured(EngineLoader loader, EngineOptions options) throws Exception {
    InferenceEngine engine = loader.load(source, options);
    loader.improve(engine, source, options, Thread::sleep);
    return engine;
  }

  private int opens(EngineLoader loader, EngineOptions options, int[] before) throws Exception {
    measured(loader, options).close();
    int opens = source.opened - before[0];
    before[0] = source.opened;
    return opens;
  }

  @Test
  void aDamagedPlanIsMadeAnew() throws Exception {
    EngineOptions options = new EngineOptions(2, 4, PlanKind.FUSED);
    loader.load(source, options).close();
    Path archive = plans().getFirst();
    byte[] bytes = Files.readAllBytes(archive);
    bytes[bytes.length / 2] ^= 1;
    Files.write(archive, bytes);

    loader.load(source, options).close();
    assertThat(source.opened).isEqualTo(2);
    loader.load(source, options).close();
    assertThat(source.opened).isEqualTo(2);
  }

  @Test
  void nothingButThePlanIsLeftInTheCache() throws Exception {
    measured(loader, AUTO).close();

    assertThat(plans()).hasSize(1);
    try (Stream<Path> all = Files.list(folder)) {
      assertThat(all).containsExactly(folder.resolve("net-1"));
    }
  }

  @Test
  void whatIsNotCachedServesBeforeItIsMeasured() throws Exception {
    try (InferenceEngine engine = loader.load(source, AUTO)) {
      assertThat(engine.report().trials()).isEmpty();
      assertThat(plans()).isEmpty();

      assertThat(loader.improve(engine, source, AUTO, Thread::sleep)).isTrue();

      assertThat(engine.report().trials()).hasSizeGreaterThan(1);
      assertThat(plans()).hasSize(1);
    }
  }

  @Test
  void withoutACacheFloat32ServesUntilTheRestIsMeasured() throws Exception {
    EngineLoader forgetful = new EngineLoader();
    try (InferenceEngine engine = forgetful.load(source, AUTO)) {
      assertThat(engine.report())
          .isEqualTo(
              new PlanReport(
                  NativeRuntime.hasOneDnn() ? "direct" : "fused",
                  "fp32",
                  copies(engine),
                  List.of()));
      float[] logits = logits(engine);

      forgetful.improve(engine, source, AUTO, Thread::sleep);

      assertThat(engine.report().trials()).hasSizeGreaterThan(1);
      assertThat(logits(engine)).usingComparatorWithPrecision(0.1f).containsExactly(logits);
      int opened = source.opened;
      forgetful.improve(engine, source, AUTO, Thread::sleep);
      assertThat(source.opened).isEqualTo(opened);
    }
  }

  @Test
  void anEngineThatWasClosedMeanwhileIsNotImproved() throws Exception {
    EngineLoader forgetful = new EngineLoader();
    InferenceEngine engine = forgetful.load(source, AUTO);
    engine.close();

    assertThatThrownBy(() -> forgetful.improve(engine, source, AUTO, Thread::sleep))
        .isInstanceOf(EngineException.class)
        .hasMessageStartingWith("the engine was closed before its plan was replaced");
  }

  @Test
  void enginesOfOneLoaderComputeOnTheSameThreadWhichEndsWithTheLast() throws Exception {
    Set<Thread> before = engineThreads();
    InferenceEngine first = loader.load(source, EngineOptions.ofMachine(4));
    InferenceEngine second = loader.load(source, EngineOptions.ofMachine(4));
    first.run(List.of(InferenceEngine.gray(32)));
    second.run(List.of(InferenceEngine.gray(32)));

    await().until(() -> newSince(before).size() == 1);
    Thread shared = newSince(before).iterator().next();

    first.close();
    assertThat(logits(second)).hasSize(10);
    second.close();
    shared.join();
    try (InferenceEngine third = loader.load(source, EngineOptions.ofMachine(4))) {
      assertThat(logits(third)).hasSize(10);
    }
  }

  @Test
  void aClosedEngineSaysSo() throws Exception {
    InferenceEngine engine = loader.load(source, EngineOptions.ofMachine(4));
    try (InferenceEngine other = loader.load(source, EngineOptions.ofMachine(4))) {
      engine.close();
      engine.close();

      assertThatThrownBy(() -> logits(engine)).hasStackTraceContaining("the engine is closed");
      assertThat(logits(other)).hasSize(10);
    }
  }

  private static Set<Thread> newSince(Set<Thread> before) {
    Set<Thread> threads = engineThreads();
    threads.removeAll(before);
    return threads;
  }

  private static Set<Thread> engineThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("engine"))
        .collect(Collectors.toCollection(HashSet::new));
  }

  @Test
  void aNetworkThatCannotBeReadFailsTheLoading() {
    PlanSource broken =
        new PlanSource() {
          @Override
          public String name() {
            return "broken-1";
          }

          @Override
          public String identity() {
            return "none";
          }

          @Override
          public Preprocessing preprocessing() {
            return Preprocessing.CIFAR;
          }

          @Override
          public void open(Use use) throws IOException {
            throw new IOException("no such weights");
          }
        };

    assertThatThrownBy(() -> loader.load(broken, AUTO)).hasMessage("no such weights");
    assertThatThrownBy(() -> new EngineLoader(Optional.empty()).load(broken, AUTO))
        .hasMessage("no such weights");
  }

  private static int copies(InferenceEngine engine) {
    return engine.report().copies();
  }

  private static float[] logits(InferenceEngine engine) throws EngineException {
    List<NetworkOutput> outputs = engine.run(List.<Pixels>copyOf(ProbeInputs.of(2, 32)));
    return outputs.getFirst().logits();
  }

  private List<Path> plans() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.getFileName().toString().matches("plan\\.(pt|safetensors)"))
          .toList();
    }
  }
}
