package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.models.PlanReport;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelRegistryTest {

  private final BatchScheduler scheduler = new BatchScheduler(1, NanoClock.system());
  private final ModelRegistry registry = new ModelRegistry("main");

  @AfterEach
  void close() {
    scheduler.close();
  }

  @Test
  void nothingIsReadyBeforeEveryRequiredModelAnswers() {
    registry.require("second");
    assertThat(registry.isReady()).isFalse();
    registry.put(starting("main", "1"));
    registry.put(new ModelState.Fetching("second", 0, -1));
    registry.put(ready("main"));
    assertThat(registry.isReady()).isFalse();

    registry.put(ready("second"));

    assertThat(registry.isReady()).isTrue();
  }

  @Test
  void anotherVersionOrAnotherModelMayLoadOrFailToMeanwhile() {
    registry.put(ready("main"));

    registry.put(starting("main", "2"));
    registry.put(starting("guest", "1"));
    registry.put(new ModelState.Unfetched("other", "no route", /* again= */ false));

    assertThat(registry.isReady()).isTrue();
  }

  @Test
  void aModelThatWasUnloadedIsNotWaitedFor() {
    ModelState guest = ready("guest");
    registry.require("guest");
    registry.put(ready("main"));
    registry.put(guest);

    registry.remove(guest);

    assertThat(registry.wasUnloaded("guest")).isTrue();
    assertThat(registry.isReady()).isTrue();
  }

  @Test
  void withoutItsDefaultModelNothingIsReadySinceDefaultRequestsAreRefused() {
    ModelState main = ready("main");
    registry.put(main);
    registry.put(ready("guest"));

    registry.remove(main);

    assertThat(registry.wasUnloaded("main")).isTrue();
    assertThat(registry.isReady()).isFalse();
    assertThat(new ModelLookup(registry).find(null, null))
        .isEqualTo(
            new ModelLookup.Found.Missing(
                new Failure.NotReady(
                    "main",
                    "it was unloaded. Load it again with PUT /models/main, or name another model",
                    Duration.ofSeconds(5))));
    assertThat(new ModelLookup(registry).find("main", null))
        .extracting(found -> ((ModelLookup.Found.Missing) found).failure().detail())
        .isEqualTo(
            "The model main was unloaded. Load it again with PUT /models/main, or name another:"
                + " guest.");
  }

  @Test
  void aModelThatComesBackWasNotUnloaded() {
    ModelState main = ready("main");
    registry.put(main);
    registry.remove(main);

    registry.put(starting("main", "1"));

    assertThat(registry.wasUnloaded("main")).isFalse();
    assertThat(new ModelLookup(registry).find(null, null))
        .isEqualTo(
            new ModelLookup.Found.Missing(
                new Failure.NotReady("main", "it is loading", Duration.ofSeconds(5))));
  }

  @Test
  void anotherVersionThatStaysLeavesTheModelLoaded() {
    ModelState first = ready("main");
    registry.put(first);
    registry.put(starting("main", "2"));

    registry.remove(first);

    assertThat(registry.wasUnloaded("main")).isFalse();
  }

  private static ModelState starting(String name, String version) {
    return new ModelState.Starting(
        InferenceServiceTest.spec(name, version), ModelState.Starting.Phase.LOADING);
  }

  private ModelState ready(String name) {
    var settings = BatchSettings.of(BatchSizes.of(1));
    return new ModelState.Ready(
        new ServedModel(
            InferenceServiceTest.spec(name, "1"),
            () -> new PlanReport("fused", "fp32", 1, List.of()),
            (encoded, preprocessing, view, listener) -> {
              throw new IllegalStateException("nobody asks");
            },
            scheduler.open(name, inputs -> List.of(), settings, BatchListener.NONE)));
  }
}
