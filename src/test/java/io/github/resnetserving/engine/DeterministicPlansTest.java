package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.engine.PlanSource.OpenNetwork;
import io.github.resnetserving.engine.RecalledPlan.Breaks;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.PlanReport.PlanMeasurement;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which plan serves where an image's bits depend, in some, on the images beside it. */
class DeterministicPlansTest {

  private static final EngineOptions OPTIONS = new EngineOptions(2, 4, null);
  private static final Breaks NEVER = (_, _) -> false;
  private static final Breaks IN_COMPANY = (_, size) -> size > 1;

  @TempDir private Path folder;
  private FormulaNetwork formula;
  private PlanSource source;
  private final Map<PlanKind, AtomicInteger> runs = new ConcurrentHashMap<>();

  @BeforeEach
  void open() throws IOException {
    formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10));
    source = new Cached(new OpenNetwork(formula.network(), Preprocessing.CIFAR));
  }

  @AfterEach
  void close() throws IOException {
    formula.close();
  }

  @Test
  void aFasterPlanWhoseBitsDependOnTheBatchIsRefused() throws Exception {
    PlanReport report = measured(loader(IN_COMPANY, NEVER), OPTIONS);

    assertThat(report.plan()).isNotEqualTo("fused");
    assertThat(report.deterministic()).isTrue();
    PlanMeasurement faster = report.trials().getFirst();
    assertThat(faster.millis()).isLessThan(report.trials().getLast().millis());
    assertThat(faster.plan()).isEqualTo("fused");
    assertThat(faster.deterministic()).isFalse();
    assertThat(faster.refused())
        .isEqualTo(
            "an image's bits depend on its batch: resnet.engine.deterministic=false allows it");
    assertThat(report.trials().getLast().refused()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 2", "2, 3", "3, 4"})
  void oneBitAtOnePlaceOfOneSizeIsEnough(int place, int size) throws Exception {
    Breaks once = (at, of) -> at == place && of == size;

    PlanReport report = measured(loader(once, NEVER), OPTIONS);

    assertThat(report.plan()).isNotEqualTo("fused");
    assertThat(report.trials().getFirst().deterministic()).isFalse();
  }

  @Test
  void thePlanIsChosenWhereEqualBitsAreNotWanted() throws Exception {
    PlanReport report = measured(loader(IN_COMPANY, NEVER), OPTIONS.nondeterministic());

    assertThat(report.plan()).isEqualTo("fused");
    assertThat(report.deterministic()).isFalse();
    assertThat(report.trials()).extracting(PlanMeasurement::refused).containsOnlyNulls();
  }

  @Test
  void whereEveryPlanBreaksThemTheFastestServesAndSaysSo() throws Exception {
    PlanReport report = measured(loader(IN_COMPANY, IN_COMPANY), OPTIONS);

    assertThat(report.plan()).isEqualTo("fused");
    assertThat(report.deterministic()).isFalse();
    assertThat(report.trials()).hasSize(2);
    assertThat(report.trials()).extracting(PlanMeasurement::refused).containsOnlyNulls();
  }

  @Test
  void wherePlansKeepThemTheFastestServes() throws Exception {
    PlanReport report = measured(loader(NEVER, NEVER), OPTIONS);

    assertThat(report.plan()).isEqualTo("fused");
    assertThat(report.deterministic()).isTrue();
    assertThat(report.trials()).extracting(PlanMeasurement::refused).containsOnlyNulls();
  }

  @Test
  void aPlanWithoutOthersServesAndSaysWhetherItKeepsThem() throws Exception {
    EngineOptions alone = new EngineOptions(2, 4, PlanKind.FUSED);

    assertThat(measured(loader(IN_COMPANY, NEVER), alone).deterministic()).isFalse();
    assertThat(measured(loader(NEVER, NEVER), alone).deterministic()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"FUSED", ","})
  void whatWasFoundIsRememberedAndNotComparedAgain(PlanKind plan) throws Exception {
    EngineOptions options = new EngineOptions(2, 4, plan);
    EngineLoader loader = cached(NEVER);
    PlanReport found = measured(loader, options);
    runs.clear();

    assertThat(found.deterministic()).isTrue();
    try (InferenceEngine engine = loader.load(source, options)) {
      assertThat(engine.report()).isEqualTo(found);
      loader.improve(engine, source, options, Thread::sleep);
      assertThat(runs.get(PlanKind.FUSED)).hasValue(1); // warms up
    }
  }

  @Test
  void aRememberedPlanThatWasNotComparedIsMeasuredAnew() throws Exception {
    EngineLoader loader = cached(NEVER);
    measured(loader, OPTIONS);
    Path known = reports().getFirst();
    Files.writeString(
        known, Files.readString(known).replaceAll("\"deterministic\" : true,\\s+", ""));

    try (InferenceEngine engine = loader.load(source, OPTIONS)) {
      assertThat(engine.report().trials()).isEmpty();
      assertThat(engine.report().deterministic()).isFalse();
    }
    assertThat(measured(loader, OPTIONS).deterministic()).isTrue();
  }

  @Test
  void whatIsFoundWithOneSettingIsNotUsedWithTheOther() throws Exception {
    EngineLoader loader = cached(IN_COMPANY);
    measured(loader, OPTIONS);

    try (InferenceEngine engine = loader.load(source, OPTIONS.nondeterministic())) {
      assertThat(engine.report().trials()).isEmpty();
    }
  }

  @Test
  void comparingTakesOneBatchOfEachSize() throws Exception {
    measured(loader(NEVER, NEVER), OPTIONS.nondeterministic());
    int without = Objects.requireNonNull(runs.get(PlanKind.FUSED)).get();
    runs.clear();
    measured(loader(NEVER, NEVER), OPTIONS);

    assertThat(runs.get(PlanKind.FUSED)).hasValue(without + 4);
    assertThat(SameBits.sizes(8)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(SameBits.sizes(40)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 31, 32, 40);
  }

  /** The fused plan is the fast one of two. */
  private EngineLoader loader(Breaks fused, Breaks other) {
    return new EngineLoader(Optional.empty(), ProcessorFeatures.ofMachine(), opener(fused, other));
  }

  private EngineLoader cached(Breaks fused) {
    return new EngineLoader(
        PlanCache.open(folder), ProcessorFeatures.ofMachine(), opener(fused, NEVER));
  }

  private PlanVariant.Opener opener(Breaks fused, Breaks other) {
    return (variant, archive, options) -> {
      boolean fast = variant.kind() == PlanKind.FUSED;
      AtomicInteger count = runs.computeIfAbsent(variant.kind(), _ -> new AtomicInteger());
      return new RecalledPlan(variant.open(archive, options), fast, fast ? fused : other, count);
    };
  }

  private PlanReport measured(EngineLoader loader, EngineOptions options) throws Exception {
    try (InferenceEngine engine = loader.load(source, options)) {
      assertThat(engine.report().deterministic()).as("before it was compared").isFalse();
      loader.improve(engine, source, options, Thread::sleep);
      return engine.report();
    }
  }

  private List<Path> reports() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.endsWith("plan.json")).toList();
    }
  }

  /** An open network that has an identity. */
  private record Cached(OpenNetwork open) implements PlanSource {

    @Override
    public String name() {
      return "net-1";
    }

    @Override
    public String identity() {
      return "weights";
    }

    @Override
    public Preprocessing preprocessing() {
      return open.preprocessing();
    }

    @Override
    public void open(Use use) throws IOException, EngineException {
      use.accept(open.network());
    }
  }
}
