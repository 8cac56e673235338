package io.github.resnetserving.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {

  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsFoundAgain() throws Exception {
    ModelSpec model = model("sha256:aa", Preprocessing.CIFAR);
    Calibration written = Calibration.of(model, 500, ranges());

    Path file = written.write(model);

    assertThat(file).isEqualTo(folder.resolve("calibration.json"));
    assertThat(Calibration.find(model)).contains(written);
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void aModelWithoutTheFileHasNoCalibration() throws Exception {
    assertThat(Calibration.find(model("sha256:aa", Preprocessing.CIFAR))).isEmpty();
  }

  @Test
  void otherWeightsAndAnotherPreprocessingAreRefused() throws Exception {
    ModelSpec measured = model("sha256:aa", Preprocessing.CIFAR);
    Calibration.of(measured, 500, ranges()).write(measured);

    assertThatThrownBy(() -> Calibration.find(model("sha256:bb", Preprocessing.CIFAR)))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "net/1/calibration.json: it was measured with the weights sha256:aa; run calibrate"
                + " again, or remove the file");
    assertThatThrownBy(() -> Calibration.find(model("sha256:aa", Preprocessing.TORCHVISION_V2)))
        .hasMessageContaining("measured with the preprocessing resize32-bilinear-crop32");
  }

  @Test
  void aDamagedFileIsRefused() throws Exception {
    ModelSpec model = model("sha256:aa", Preprocessing.CIFAR);
    Path file = Calibration.of(model, 500, ranges()).write(model);
    String text = Files.readString(file);
    for (String damaged :
        List.of(
            "",
            text.substring(0, text.length() / 2),
            text.replace("\"high\" : 6.5", "\"high\" : -1"),
            text.replace("\"high\" : 6.5", "\"hihg\" : 6.5"),
            text.replace("\"images\" : 500", "\"images\" : null"),
            "{\"weights\": \"sha256:aa\"}")) {
      Files.writeString(file, damaged);

      assertThatThrownBy(() -> Calibration.find(model))
          .as(damaged)
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("net/1/calibration.json: ")
          .hasMessageEndingWith("; run calibrate again, or remove the file");
    }
  }

  @Test
  void theModelInsideTheProgramIsNotWrittenTo() throws Exception {
    ModelSpec inside =
        new ModelRepository(folder.resolve("nothing"))
            .find(ModelRepository.BUNDLED_SMALL)
            .map(found -> in(URI.create("jar:file:/x.jar!/w"), found))
            .orElseThrow();

    assertThatThrownBy(() -> Calibration.of(inside, 1, ranges()).write(inside))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cifar10-resnet20 is inside the program: copy it to the models folder to calibrate it");
  }

  @Test
  void theModelsInsideTheProgramAreCalibrated() throws Exception {
    ModelRepository inside = new ModelRepository(folder.resolve("nothing"));

    for (String name : inside.names()) {
      assertThat(Calibration.find(inside.find(name).orElseThrow())).as(name).isPresent();
    }
  }

  private static ModelSpec in(URI weights, ModelSpec spec) {
    return new ModelSpec(
        spec.name(),
        spec.version(),
        weights,
        spec.digest(),
        spec.network(),
        spec.preprocessing(),
        spec.labels());
  }

  private static SequencedMap<String, ActivationRange> ranges() {
    SequencedMap<String, ActivationRange> ranges = new LinkedHashMap<>();
    ranges.put("conv1", new ActivationRange(0, 6.5));
    ranges.put("layer1.0.downsample.0", new ActivationRange(-3.25, 4));
    return ranges;
  }

  private ModelSpec model(String digest, Preprocessing preprocessing) {
    return new ModelSpec(
        "net",
        "1",
        folder.resolve("weights.safetensors").toUri(),
        digest,
        Variant.V1_5,
        preprocessing,
        new Labels(List.of(new Label(null, "a"), new Label(null, "b"))));
  }
}
