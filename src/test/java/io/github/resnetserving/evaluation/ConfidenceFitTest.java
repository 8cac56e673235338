package io.github.resnetserving.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.confidence.NoveltyScore;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ConfidenceFitTest {

  @TempDir private Path folder;

  private ModelSpec model(String digest) {
    return new ModelSpec(
        "net",
        "1",
        folder.resolve("weights.safetensors").toUri(),
        digest,
        Variant.V1_5,
        Preprocessing.CIFAR,
        Labels.numbered(4));
  }

  private static JsonNode expected() throws Exception {
    return new JsonMapper()
        .readTree(Files.readString(Path.of("src/test/resources/confidence/expected.json")));
  }

  private static List<Sample> samples() throws Exception {
    JsonNode expected = expected();
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < expected.get("logits").size(); i++) {
      float[] row = new float[4];
      for (int k = 0; k < 4; k++) {
        row[k] = (float) expected.get("logits").get(i).get(k).asDouble();
      }
      int label = expected.get("labels").get(i).asInt();
      samples.add(
          new Sample(
              new Sample.Image("i" + i, label, () -> new byte[0]),
              List.of(row),
              List.of(new float[] {Math.abs(row[0]), 1, i})));
    }
    return samples;
  }

  @Test
  void lossAndCalibrationErrorAreThoseOfSciPy() throws Exception {
    JsonNode expected = expected();
    double temperature = expected.get("temperature").asDouble();
    Evaluation before = new Evaluation(Labels.numbered(4));
    Evaluation after = new Evaluation(Labels.numbered(4));
    for (Sample sample : samples()) {
      before.add(sample);
      after.add(sample, temperature);
    }

    assertThat(before.logLoss()).isCloseTo(expected.get("loss_before").asDouble(), within(1e-12));
    assertThat(after.logLoss()).isCloseTo(expected.get("loss_after").asDouble(), within(1e-12));
    assertThat(before.calibrationError())
        .isCloseTo(expected.get("error_before").asDouble(), within(1e-12));
    assertThat(after.calibrationError())
        .isCloseTo(expected.get("error_after").asDouble(), within(1e-12));
    assertThat(after.changesFrom(before)).isZero();
  }

  @Test
  void whatIsWrittenIsApplied() throws Exception {
    ModelSpec model = model("sha256:aa");
    List<Sample> samples = samples();

    ConfidenceFile file =
        ConfidenceFit.write(
            model, "fp32", samples, new ConfidenceFit.Wishes(NoveltyScore.Kind.ENERGY, 0.8, null));
    Confidence found = ConfidenceFile.find(model);

    assertThat(found.temperature())
        .isCloseTo(expected().get("temperature").asDouble(), within(1e-6));
    assertThat(found.temperature()).isEqualTo(file.temperature());
    assertThat(found.source().orElseThrow().digest()).matches("sha256:[0-9a-f]{64}");
    assertThat(file.after().calibrationError()).isLessThan(file.before().calibrationError() / 2);
    // The share of the 200 stored energies that are not larger.
    double own = expected().get("energies").get(7).asDouble();
    long atMost =
        expected().get("energies").valueStream().filter(e -> e.asDouble() <= own + 1e-12).count();
    assertThat(found.novelty(samples.get(7).logits(), samples.get(7).features()))
        .contains(atMost / 200.0);
    assertThat(found.hasThresholds()).isTrue();
    Double threshold = file.thresholds().getFirst();
    assertThat(threshold).isNotNull();
    assertThat(found.abstains(0, threshold)).isFalse();
    assertThat(found.abstains(0, Math.nextDown(threshold))).isTrue();
  }

  @Test
  void nearestFeaturesAreStoredBesideIt() throws Exception {
    ModelSpec model = model("sha256:aa");
    List<Sample> samples = samples();

    ConfidenceFit.write(
        model, "fp32", samples, new ConfidenceFit.Wishes(NoveltyScore.Kind.NEAREST, null, 0.5));
    Confidence found = ConfidenceFile.find(model);

    assertThat(folder.resolve("novelty.safetensors")).exists();
    assertThat(found.novelty(samples.get(0).logits(), List.of(new float[] {0, -9, 0})))
        .contains(1.0);
    assertThat(found.abstains(3, 0.49)).isTrue();
    assertThat(found.abstains(3, 0.5)).isFalse();

    Files.write(folder.resolve("novelty.safetensors"), new byte[9]);
    assertThatThrownBy(() -> ConfidenceFile.find(model))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("confidence.json: novelty.safetensors has the digest sha256:");
  }

  @Test
  void otherWeightsAndDamagedFilesAreRefused() throws Exception {
    ModelSpec model = model("sha256:aa");
    assertThat(ConfidenceFile.find(model)).isSameAs(Confidence.NONE);
    ConfidenceFit.write(model, "fp32", samples(), ConfidenceFit.Wishes.USUAL);
    String text = Files.readString(folder.resolve("confidence.json"));

    assertThatThrownBy(() -> ConfidenceFile.find(model("sha256:bb")))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "confidence.json: it belongs to the weights sha256:aa; run calibrate --labels again, or"
                + " remove the file");
    for (String damaged :
        List.of(
            "",
            "{}",
            text.substring(0, text.length() / 2),
            text.replace("\"temperature\" : ", "\"temperature\" : -"),
            text.replace("\"score\" : \"energy\"", "\"score\" : \"mood\""),
            text.replaceAll("\"thresholds\" : \\[ ]", "\"thresholds\" : null"),
            text.replaceAll("\"reference\" : \\{", "\"reference\" : null, \"x\" : {"))) {
      Files.writeString(folder.resolve("confidence.json"), damaged);

      assertThatThrownBy(() -> ConfidenceFile.find(model))
          .as(damaged)
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("confidence.json: ")
          .hasMessageEndingWith("; run calibrate --labels again, or remove the file");
    }
  }

  @Test
  void tooFewImagesAreRefused() throws Exception {
    List<Sample> few = samples().subList(0, 99);

    assertThatThrownBy(
            () -> ConfidenceFit.write(model("sha256:aa"), "fp32", few, ConfidenceFit.Wishes.USUAL))
        .hasMessage("99 labelled images are too few to tell a temperature: give at least 100");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void scoresAreComparedByTheirAuroc() throws Exception {
    List<Sample> samples = samples();
    NoveltyResult same = NoveltyResult.of(samples, samples);

    assertThat(same.energy()).isEqualTo(0.5);
    assertThat(same.softmax()).isEqualTo(0.5);
    Sample flat =
        new Sample(
            samples.getFirst().image(),
            List.of(new float[] {-9, -9, -9, -9}),
            List.of(new float[] {0, -1, 0}));
    NoveltyResult other = NoveltyResult.of(samples, List.of(flat));
    assertThat(other.text())
        .isEqualTo(
            "AUROC of 1 unknown among 200 known images: energy 1.0000, nearest features 1.0000,"
                + " maximum softmax 1.0000");
  }
}
