package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.models.Normalization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {

  private static final Recipe RECIPE =
      new Recipe(3, 16, new Schedule.OneCycle(0.1, 0.25), 0.9, 1e-4, 1);

  @TempDir private Path folder;

  @BeforeEach
  void ownTheNativeEngine() {
    NativeRuntime.adopt(/* threads= */ 1);
  }

  @Test
  void aNetworkLearnsToTellBrightFromDark() throws Exception {
    RunState end = trainer(RECIPE, new TrainingListener() {}).run(folder.resolve("state"));

    assertThat(end.history()).hasSize(3);
    assertThat(end.history().getLast().loss()).isLessThan(end.history().getFirst().loss());
    assertThat(end.bestEpoch().validationAccuracy()).isEqualTo(1.0);
  }

  @Test
  void aRunThatWasKilledGoesOnAsIfNothingHadHappened() throws Exception {
    RunState whole = trainer(RECIPE, new TrainingListener() {}).run(folder.resolve("whole"));

    Path state = folder.resolve("killed");
    TrainingListener killer =
        new TrainingListener() {
          @Override
          public void onEpoch(EpochResult result) {
            throw new IllegalStateException("killed after epoch " + result.epoch());
          }
        };
    assertThatThrownBy(() -> trainer(RECIPE, killer).run(state)).hasMessage("killed after epoch 1");
    RunState resumed = trainer(RECIPE, new TrainingListener() {}).run(state);

    assertThat(resumed.history().stream().map(EpochResult::loss).map(TrainerTest::rounded))
        .isEqualTo(
            whole.history().stream().map(EpochResult::loss).map(TrainerTest::rounded).toList());
    assertThat(resumed.weights().keySet()).isEqualTo(whole.weights().keySet());
    whole
        .weights()
        .forEach((name, tensor) ->
            assertThat(Objects.requireNonNull(resumed.weights().get(name)).values())
                .as(name)
                .containsExactly(tensor.values()));
  }

  @Test
  void theStateOfAnotherRunIsRefused() throws Exception {
    Path state = folder.resolve("state");
    trainer(RECIPE, new TrainingListener() {}).run(state);
    Recipe other = new Recipe(4, 16, RECIPE.schedule(), 0.9, 1e-4, 1);

    assertThatThrownBy(() -> trainer(other, new TrainingListener() {}).run(state))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to another run")
        .hasMessageContaining("remove it, or choose another --run-dir");
  }

  /** As the state file keeps it. */
  private static String rounded(double loss) {
    return "%.6f".formatted(loss);
  }

  private static Trainer trainer(Recipe recipe, TrainingListener listener) {
    ImageSet all = brightAndDark();
    Split split = Split.stratified(all.labels(), 2, 0.2, 1);
    return new Trainer(
        Architecture.named("cifar-resnet8", 2),
        Normalization.CIFAR10,
        recipe,
        all.select(split.training()),
        all.select(split.validation()),
        listener);
  }

  private static ImageSet brightAndDark() {
    Random random = new Random(1);
    List<byte[]> images = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < 160; i++) {
      byte[] image = new byte[32 * 32 * 3];
      for (int j = 0; j < image.length; j++) {
        image[j] = (byte) (random.nextInt(128) + 128 * (i % 2));
      }
      images.add(image);
      labels.add(i % 2);
    }
    return new ImageSet(32, images, labels, List.of("dark", "bright"));
  }
}
