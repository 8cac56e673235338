package io.github.resnetserving.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.PrecisionAssumptions;
import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.models.WeightsDigest;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Against {@code make_views.py}, which does the same in PyTorch, and by itself. */
class EvaluatorTest {

  private static final Path FIXTURES = Path.of("src/test/resources/evaluation");
  private static final Views.Scales SCALES = new Views.Scales(List.of(64, 96, 112, 160));
  private static final Labels LABELS = Labels.numbered(10);

  @TempDir private static Path folder;
  private static Path weights = Path.of("unset");

  @BeforeAll
  static void writeNetwork() throws IOException {
    weights = FormulaCheckpoint.write(folder.resolve("net.safetensors"), "resnet18", 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"wide.png", "tall.png"})
  void tenCropsGiveTheLogitsOfPyTorch(String image) throws Exception {
    assertAgreement(image, new Views.TenCrops(), "ten");
  }

  @ParameterizedTest
  @ValueSource(strings = {"wide.png", "tall.png"})
  void wholeImagesAtSeveralScalesGiveTheLogitsOfPyTorch(String image) throws Exception {
    assertAgreement(image, SCALES, "scales");
  }

  private static void assertAgreement(String image, Views views, String key) throws Exception {
    JsonNode expected =
        new JsonMapper().readTree(FIXTURES.resolve("views.json")).get(image).get(key);

    Sample sample = run(views, Precision.FP32, image);

    assertThat(sample.logits()).hasSize(expected.get("logits").size());
    for (int view = 0; view < sample.logits().size(); view++) {
      for (int k = 0; k < 10; k++) {
        assertThat((double) sample.logits().get(view)[k])
            .as("view %d, class %d", view, k)
            .isCloseTo(expected.get("logits").get(view).get(k).asDouble(), within(1e-4));
      }
    }
    for (Prediction prediction : sample.top(LABELS, 10, /* temperature= */ 1)) {
      assertThat(prediction.probability())
          .isCloseTo(
              expected.get("probabilities").get(prediction.index()).asDouble(), within(1e-5));
    }
  }

  @Test
  void bfloat16SeesWholeImagesToo() throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.BF16);

    Sample exact = run(SCALES, Precision.FP32, "tall.png");
    Sample rounded = run(SCALES, Precision.BF16, "tall.png");

    float largest = 0;
    double distance = 0;
    for (int view = 0; view < 4; view++) {
      for (int k = 0; k < 10; k++) {
        float value = exact.logits().get(view)[k];
        largest = Math.max(largest, Math.abs(value));
        distance = Math.max(distance, Math.abs(value - rounded.logits().get(view)[k]));
      }
    }
    assertThat(distance).isBetween(1e-9, 0.1 * largest);
  }

  @Test
  void answersComeInTheOrderOfTheImagesOfWhichFewAreReadAhead() throws Exception {
    byte[] bytes = Files.readAllBytes(FIXTURES.resolve("wide.png"));
    AtomicInteger read = new AtomicInteger();
    List<String> answered = new ArrayList<>();
    AtomicInteger ahead = new AtomicInteger();

    try (Evaluator evaluator = open(new Views.CenterCrop(), Precision.FP32, 80)) {
      evaluator.run(
          IntStream.range(0, 100)
              .mapToObj(i ->
                  new Sample.Image(
                      "image " + i,
                      0,
                      () -> {
                        read.incrementAndGet();
                        return bytes;
                      })),
          sample -> {
            ahead.accumulateAndGet(read.get() - answered.size(), Math::max);
            answered.add(sample.image().name());
          });
    }

    assertThat(answered).isEqualTo(IntStream.range(0, 100).mapToObj(i -> "image " + i).toList());
    assertThat(ahead.get()).isBetween(1, 32);
  }

  @Test
  void anImageThatCannotBeReadIsNamed() throws Exception {
    try (Evaluator evaluator = open(new Views.CenterCrop(), Precision.FP32, 80)) {
      List<Sample.Image> images =
          List.of(new Sample.Image("cats/7.png", 0, () -> new byte[] {1, 2, 3}));

      assertThatThrownBy(() -> evaluator.run(images.stream(), _ -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cats/7.png is no image that can be read: ");
    }
  }

  @Test
  void aFileThatIsGoneIsAFailure() throws Exception {
    try (Evaluator evaluator = open(new Views.CenterCrop(), Precision.FP32, 80)) {
      Path gone = folder.resolve("gone.png");
      List<Sample.Image> images =
          List.of(new Sample.Image("gone.png", 0, () -> Files.readAllBytes(gone)));

      assertThatThrownBy(() -> evaluator.run(images.stream(), _ -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(gone.toString());
    }
  }

  @Test
  void tenCropsNeedRoomAroundTheCrop() {
    assertThatThrownBy(() -> open(new Views.TenCrops(), Precision.FP32, 64))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("net takes the whole short edge of 64 pixels as its crop");
  }

  @Test
  void aNetworkWithoutClassesIsRefused() {
    assertThatThrownBy(() ->
            Evaluator.open(
                spec(80, Labels.NONE), EngineOptions.ofMachine(1), new Views.CenterCrop()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "net has no classifier, so that there is nothing to evaluate: it gives features alone");
  }

  @Test
  void scalesMustBePossible() {
    assertThatThrownBy(() -> new Views.Scales(List.of())).hasMessageContaining("at least one");
    assertThatThrownBy(() -> new Views.Scales(List.of(224, 15)))
        .hasMessage(
            "the scales are [224, 15]: give at least one short edge in pixels, each between 16 and"
                + " 2048");
    assertThatThrownBy(() -> new Views.Scales(List.of(2049)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSmallestScaleRuns() throws Exception {
    assertThat(run(new Views.Scales(List.of(16)), Precision.FP32, "tall.png").logits()).hasSize(1);
  }

  private static Sample run(Views views, Precision precision, String image) throws Exception {
    byte[] bytes = Files.readAllBytes(FIXTURES.resolve(image));
    List<Sample> samples = new ArrayList<>();
    try (Evaluator evaluator = open(views, precision, 80)) {
      evaluator.run(List.of(new Sample.Image(image, 3, () -> bytes)).stream(), samples::add);
    }
    assertThat(samples).hasSize(1);
    return samples.getFirst();
  }

  private static Evaluator open(Views views, Precision precision, int resize) throws IOException {
    return Evaluator.open(
        spec(resize, LABELS), EngineOptions.ofMachine(/* maxBatch= */ 1).in(precision), views);
  }

  private static ModelSpec spec(int resize, Labels labels) throws IOException {
    return new ModelSpec(
        "net",
        "1",
        weights.toUri(),
        WeightsDigest.of(weights.toUri()),
        Variant.V1_5,
        new Preprocessing(resize, Interpolation.BILINEAR, 64, Normalization.IMAGENET),
        labels);
  }
}
