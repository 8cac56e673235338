package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {

  private static final Topology TOPOLOGY = Architecture.named("cifar-resnet8", 2);
  private static final TrainingRun.Listener NOBODY = new TrainingRun.Listener() {};
  private static final Duration AT_ONCE = Duration.ZERO;
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir private Path folder;
  private Path images = Path.of("");

  @BeforeEach
  void ownTheNativeEngine() throws IOException {
    NativeRuntime.adopt(/* threads= */ 1);
    images = folder.resolve("images");
    SyntheticImages.write(images, 40, 32);
  }

  @Test
  void aNetworkLearnsToTellBrightFromDark() throws Exception {
    RunState end = run(recipe(Map.of()), folder.resolve("state"), 2, NEVER, NOBODY);

    assertThat(end.history()).hasSize(3);
    assertThat(end.history().getLast().loss()).isLessThan(end.history().getFirst().loss());
    assertThat(end.bestEpoch().validationAccuracy()).isEqualTo(1.0);
  }

  @Test
  void aRunThatWasKilledAfterAnEpochGoesOnAsIfNothingHadHappened() throws Exception {
    Recipe recipe = recipe(Map.of("cutmix", "1"));
    RunState whole = run(recipe, folder.resolve("whole"), 1, NEVER, NOBODY);

    Path state = folder.resolve("killed");
    TrainingRun.Listener killer =
        new TrainingRun.Listener() {
          @Override
          public void onEpoch(EpochResult result) {
            throw new IllegalStateException("killed after epoch " + result.epoch());
          }
        };
    assertThatThrownBy(() -> run(recipe, state, 1, NEVER, killer))
        .hasMessage("killed after epoch 1");
    assertSame(run(recipe, state, 1, NEVER, NOBODY), whole);
  }

  @Test
  void aRunThatWasKilledWithinAnEpochGoesOnAsIfNothingHadHappenedForAnyNumberOfLoaders()
      throws Exception {
    Recipe recipe = recipe(Map.of("optimizer", "adamw", "learning_rate", "0.003", "mixup", "0.4"));
    RunState whole = run(recipe, folder.resolve("whole"), 1, NEVER, NOBODY);

    for (int step = 1; step < 12; step += 3) {
      int last = step;
      Path state = folder.resolve("killed" + step);
      TrainingRun.Listener killer =
          new TrainingRun.Listener() {
            private int steps;

            @Override
            public void onStep(int epoch, int images, double loss, double accuracy) {
              if (++steps > last) {
                throw new IllegalStateException("killed in epoch " + epoch);
              }
            }
          };
      assertThatThrownBy(() -> run(recipe, state, 3, AT_ONCE, killer))
          .hasMessageStartingWith("killed in epoch");
      assertThat(state).exists();
      assertSame(run(recipe, state, 2, NEVER, NOBODY), whole);
    }
  }

  @Test
  void aRunThatIsToldToStopKeepsItsStateAtOnce() throws Exception {
    Recipe recipe = recipe(Map.of());
    RunState whole = run(recipe, folder.resolve("whole"), 1, NEVER, NOBODY);
    Path state = folder.resolve("stopped");
    TrainingRun.Listener stopper =
        new TrainingRun.Listener() {
          private int steps;

          @Override
          public boolean isStopping() {
            return ++steps == 6;
          }
        };

    assertThatThrownBy(() -> run(recipe, state, 1, NEVER, stopper))
        .hasMessage("stopped in epoch 2: give the same command again, and it goes on");
    assertSame(run(recipe, state, 1, NEVER, NOBODY), whole);
  }

  private static void assertSame(RunState resumed, RunState whole) {
    assertThat(resumed.history().stream().map(EpochResult::loss))
        .isEqualTo(whole.history().stream().map(EpochResult::loss).toList());
    assertThat(resumed.tensors().keySet()).isEqualTo(whole.tensors().keySet());
    whole
        .tensors()
        .forEach((name, tensor) ->
            assertThat(Objects.requireNonNull(resumed.tensors().get(name)).values())
                .as(name)
                .containsExactly(tensor.values()));
  }

  @Test
  void theStateOfAnotherRunIsRefused() throws Exception {
    Path state = folder.resolve("state");
    run(recipe(Map.of()), state, 1, NEVER, NOBODY);

    assertThatThrownBy(() -> run(recipe(Map.of("epochs", "4")), state, 1, NEVER, NOBODY))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to another run")
        .hasMessageContaining("remove it, or choose another --run-dir");
  }

  @Test
  void aRunThatGetsNoBetterEndsEarly() throws Exception {
    Recipe recipe = recipe(Map.of("epochs", "30", "early_stop", "2", "learning_rate", "1e-12"));

    RunState end = run(recipe, folder.resolve("state"), 1, NEVER, NOBODY);

    assertThat(end.history().size()).isLessThan(30);
    assertThat(end.history().size() - end.bestEpoch().epoch()).isEqualTo(2);
  }

  @Test
  void aStateThatCannotBeWrittenIsNamedAndTheOneBeforeIsKept() throws Exception {
    Path state = folder.resolve("none/state");

    assertThatThrownBy(() -> run(recipe(Map.of()), state, 1, NEVER, NOBODY))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the run's state cannot be written to " + state)
        .hasMessageContaining("give the same command again");
  }

  @Test
  void anUnreadableImageEndsTheRunWithItsName() throws Exception {
    Files.writeString(images.resolve("dark/007.png"), "no image");

    assertThatThrownBy(() -> run(recipe(Map.of()), folder.resolve("state"), 1, NEVER, NOBODY))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("dark/007.png is no image that can be read: ")
        .hasMessageContaining("--skip-unreadable");
  }

  @Test
  void unreadableImagesAreSkippedUpToAShare() throws Exception {
    Files.writeString(images.resolve("dark/007.png"), "no image");
    Recipe recipe = recipe(Map.of());
    try (DataSource data = DataSource.open(images)) {
      TrainingSet set = set(data, recipe, 0.02);
      Trainer trainer = new Trainer(TOPOLOGY, set, recipe, NEVER, 1, NOBODY);

      RunState end = trainer.run(folder.resolve("state"), Initialization.random(TOPOLOGY, 1));

      assertThat(end.history()).hasSize(3);
      assertThat(set.unreadable()).containsOnlyKeys("dark/007.png");
    }
  }

  @Test
  void imagesThatDoNotFitTheCacheAreDecodedAgainAndGiveTheSameWeights() throws Exception {
    Recipe recipe = recipe(Map.of());
    RunState whole = run(recipe, folder.resolve("whole"), 1, NEVER, NOBODY);
    try (DataSource data = DataSource.open(images)) {
      TrainingSet set =
          new TrainingSet(
              data,
              data.split(0.2),
              Preprocessing.CIFAR,
              recipe,
              new ImagePipeline(DecodePolicy.DEFAULT),
              /* cache= */ 10_000,
              0);
      Trainer trainer = new Trainer(TOPOLOGY, set, recipe, NEVER, 2, NOBODY);

      assertSame(trainer.run(folder.resolve("small"), start()), whole);
    }
  }

  private RunState run(
      Recipe recipe, Path state, int loaders, Duration saveEvery, TrainingRun.Listener listener)
      throws IOException {
    try (DataSource data = DataSource.open(images)) {
      TrainingSet set = set(data, recipe, 0);
      return new Trainer(TOPOLOGY, set, recipe, saveEvery, loaders, listener).run(state, start());
    }
  }

  private static SequencedMap<String, FloatTensor> start() {
    return Initialization.random(TOPOLOGY, 1);
  }

  private static TrainingSet set(DataSource data, Recipe recipe, double skipped)
      throws IOException {
    return new TrainingSet(
        data,
        data.split(0.2),
        Preprocessing.CIFAR,
        recipe,
        new ImagePipeline(DecodePolicy.DEFAULT),
        1 << 20,
        skipped);
  }

  private static Recipe recipe(Map<String, String> fields) throws IOException {
    Map<String, String> all = new TreeMap<>();
    all.put("epochs", "3");
    all.put("batch_size", "16");
    all.put("learning_rate", "0.1");
    all.put("average", "0.5");
    all.putAll(fields);
    return Recipes.read("cifar", all);
  }
}
