package io.github.resnetserving.resnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResNetTest {

  private static final Path MODEL = Path.of("models/cifar10-resnet20/1");
  private static final byte[] BAD = {1, 2, 3};

  private final byte[] horse;
  private final ResNet net;

  @TempDir private Path folder;

  ResNetTest() throws IOException {
    horse = Files.readAllBytes(Path.of("src/test/resources/horse.webp"));
    net = ResNet.open(MODEL);
  }

  @AfterAll
  void close() {
    net.close();
  }

  @Test
  void anImageGetsItsClassesBestFirst() {
    List<Prediction> predictions = net.classify(horse, 3);

    assertThat(predictions).hasSize(3);
    assertThat(predictions.getFirst().label().name()).isEqualTo("horse");
    assertThat(predictions)
        .extracting(Prediction::probability)
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @Test
  void anUnreadableImageOfAListCostsNoOther() {
    List<Outcome<List<Prediction>>> outcomes = net.classify(List.of(horse, BAD, horse), 3);

    assertThat(outcomes).hasSize(3);
    assertThat(outcomes.get(0)).isEqualTo(outcomes.get(2));
    assertThat(outcomes.get(0))
        .isInstanceOfSatisfying(
            Outcome.Success.class,
            success -> assertThat(success.value()).isEqualTo(net.classify(horse, 3)));
    assertThat(outcomes.get(1))
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> assertThat(failed.failure()).isInstanceOf(Failure.BadImage.class));
  }

  @Test
  void moreImagesThanAreUnderWayAtATimeAreAnsweredInTheirOrder() {
    List<byte[]> images = new ArrayList<>(Collections.nCopies(300, horse));
    images.set(150, BAD);
    images.set(299, BAD);

    List<Outcome<float[]>> outcomes = net.features(images);

    assertThat(outcomes).hasSize(300);
    for (int i = 0; i < 300; i++) {
      assertThat(outcomes.get(i) instanceof Outcome.Success)
          .as("%d", i)
          .isEqualTo(i != 150 && i != 299);
    }
  }

  @Test
  void manyCallersWaitForTheirTurnAndNoneIsRefused() throws Exception {
    List<Future<List<Prediction>>> answers = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 500; i++) {
        answers.add(callers.submit((Callable<List<Prediction>>) () -> net.classify(horse, 2)));
      }
    }

    Set<List<Prediction>> different = new HashSet<>();
    for (Future<List<Prediction>> answer : answers) {
      different.add(answer.get());
    }
    assertThat(different).hasSize(1);
  }

  @Test
  void everyLayerHasFeaturesAndThePoolIsTheMeanOfTheLast() {
    FeatureMap last = net.features(horse, "layer3");
    float[] pooled = net.features(horse);

    assertThat(net.layers()).containsExactly("stem", "layer1", "layer2", "layer3");
    assertThat(List.of(last.channels(), last.height(), last.width())).containsExactly(64, 8, 8);
    float sum = 0;
    for (int i = 0; i < 64; i++) {
      sum += last.values()[i];
    }
    assertThat(pooled).hasSize(64);
    assertThat(pooled[0]).isCloseTo(sum / 64, offset(1e-4f));
    assertThat(net.features(horse, ResNet.POOL).values()).isEqualTo(pooled);
  }

  @Test
  void whyThereIsNoAnswerIsAFailureToSwitchOver() {
    assertThatThrownBy(() -> net.classify(BAD, 1))
        .isInstanceOfSatisfying(
            ResNetException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.BadImage.class));
    assertThatThrownBy(() -> net.classify(horse, 11))
        .isInstanceOf(ResNetException.class)
        .hasMessageContaining("cifar10-resnet20 has 10 classes");
    assertThatThrownBy(() -> net.classify(horse, 0)).isInstanceOf(ResNetException.class);
    assertThatThrownBy(() -> net.classify(new byte[0], 1))
        .isInstanceOf(ResNetException.class)
        .hasMessage("The image is empty.");
    assertThatThrownBy(() -> net.features(horse, "layer4"))
        .isInstanceOf(ResNetException.class)
        .hasMessageContaining("has pool, stem, layer1, layer2, layer3");
  }

  @Test
  void anInterruptedCallIsCancelledAndTheThreadStaysInterrupted() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> net.classify(horse, 1))
        .isInstanceOfSatisfying(
            ResNetException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.Cancelled.class));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingWaitsForCallsUnderWayAndRefusesLaterOnes() throws Exception {
    ResNet other = ResNet.builder().threads(1).batch(1).open(MODEL);
    List<Future<List<Prediction>>> answers = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        answers.add(callers.submit((Callable<List<Prediction>>) () -> other.classify(horse, 1)));
      }
      answers.getFirst().get();
      other.close();
      other.close();
    }

    for (Future<List<Prediction>> answer : answers) {
      if (answer.state() == Future.State.SUCCESS) {
        assertThat(answer.resultNow().getFirst().label().name()).isEqualTo("horse");
      } else {
        assertThat(answer.exceptionNow()).isInstanceOf(IllegalStateException.class);
      }
    }
    assertThatThrownBy(() -> other.classify(horse, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cifar10-resnet20 is closed");
    assertThatThrownBy(() -> other.features(List.of(horse)))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "models/cifar10-resnet20/1, cifar10-resnet20",
    "models/cifar10-resnet20, cifar10-resnet20",
    "models/cifar10-resnet20/1/weights.safetensors, cifar10-resnet20",
    "models/../models/cifar10-resnet20/1/, cifar10-resnet20"
  })
  void aPathNamesAModelInSeveralWays(Path path, String name) throws IOException {
    try (ResNet opened = ResNet.builder().batch(1).open(path)) {
      assertThat(opened.model().name()).isEqualTo(name);
      assertThat(opened.classify(horse, 3)).isEqualTo(net.classify(horse, 3));
    }
  }

  @Test
  void aWeightsFileIsReadWithTheLabelsBesideIt() throws IOException {
    Path weights = copied("weights.safetensors", "net.safetensors");
    copied("labels.csv", "labels.csv");

    try (ResNet opened = ResNet.builder().batch(1).open(weights)) {
      assertThat(opened.classify(horse, 1).getFirst().label().name()).isEqualTo("horse");
      assertThat(opened.model().preprocessing().crop()).isEqualTo(32);
    }
  }

  @Test
  void whatIsGivenGoesBeforeWhatLiesBeside() throws IOException {
    Path weights = copied("weights.safetensors", "net.safetensors");
    copied("labels.csv", "labels.csv");

    try (ResNet opened =
        ResNet.builder()
            .batch(1)
            .labels(Labels.numbered(10))
            .preprocessing(Preprocessing.CIFAR)
            .open(weights)) {
      assertThat(opened.classify(horse, 1).getFirst().label().name()).isEqualTo("class_7");
      assertThat(opened.model().preprocessing()).isEqualTo(Preprocessing.CIFAR);
    }
  }

  @Test
  void withoutLabelsClassesAreNumbered() throws IOException {
    try (ResNet opened =
        ResNet.builder().batch(1).open(copied("weights.safetensors", "net.safetensors"))) {
      assertThat(opened.model().labels()).isEqualTo(Labels.numbered(10));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "nowhere, no such file or folder",
    "empty, is no model: it holds neither model.json nor config.json",
    "versions, is no model: it holds neither",
    "notes.txt, notes.txt",
    "half.safetensors, half.safetensors",
    "labels-too-few/net.safetensors, 'has 10 classes, its labels file 1'",
    "broken/model.json, model.json"
  })
  void whatIsNoModelIsRefusedWithTheReason(String name, String reason) throws IOException {
    byte[] weights = Files.readAllBytes(MODEL.resolve("weights.safetensors"));
    Files.createDirectories(folder.resolve("empty"));
    Files.createDirectories(folder.resolve("versions/one"));
    Files.createDirectories(folder.resolve("labels-too-few"));
    Files.createDirectories(folder.resolve("broken"));
    Files.writeString(folder.resolve("notes.txt"), "no model");
    Files.write(folder.resolve("half.safetensors"), List.of("half"));
    Files.write(folder.resolve("labels-too-few/net.safetensors"), weights);
    Files.writeString(folder.resolve("labels-too-few/labels.txt"), "one\n");
    Files.writeString(folder.resolve("broken/model.json"), "{");

    assertThatThrownBy(() -> ResNet.open(folder.resolve(name)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  private Path copied(String file, String as) throws IOException {
    return Files.copy(MODEL.resolve(file), folder.resolve(as));
  }
}
