package io.github.resnetserving.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.NetworkOptions.Variant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelManifestTest {

  private static final String START =
      "{\"weights\": \"w.pth\", \"sha256\": \"" + "0".repeat(64) + "\", ";
  private static final String END =
      "\"preprocessing\": {\"resize\": 32, \"interpolation\": \"bilinear\", \"crop\": 32, \"mean\":"
          + " [0, 0, 0], \"std\": [1, 1, 1]}}";

  @Test
  void everythingThatWeightsDoNotTellCanBeSaid() throws Exception {
    NetworkOptions said =
        parse(
                "\"labels\": \"l.csv\", \"variant\": \"v1\", \"stem_stride\": 1, \"stem_pool\":"
                    + " true, \"head\": \"fc.1\", \"state_dict\": \"model_ema\", \"prefix\":"
                    + " \"net.\", ")
            .toOptions();

    assertThat(said)
        .isEqualTo(new NetworkOptions(Variant.V1, 1, true, "fc.1", "model_ema", "net."));
  }

  @Test
  void whatIsNotSaidIsAssumed() throws Exception {
    assertThat(parse("\"labels\": \"l.csv\", ").toOptions()).isEqualTo(NetworkOptions.USUAL);
  }

  @Test
  void whatIsWrittenIsReadAgainAndNothingMoreIsWritten() throws Exception {
    NetworkOptions options =
        NetworkOptions.of(Variant.V1_5).withStem(2, null).withHead(NetworkOptions.NO_HEAD);
    String json =
        ModelManifest.of("w.pth", "0".repeat(64), null, options, Preprocessing.CIFAR).toJson();

    assertThat(ModelManifest.parse(json, "model.json").toOptions()).isEqualTo(options);
    assertThat(json).doesNotContain("null", "labels", "stem_pool", "state_dict", "prefix");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"labels\": \"l.csv\", \"variant\": \"v2\", ' | variant is \"v2\": it must be v1 or v1.5",
        "'\"labels\": \"l.csv\", \"stem_stride\": 0, ' | stem_stride is 0: it must be between 1 and"
            + " 4",
        "'\"labels\": \"l.csv\", \"stem_pool\": \"yes\", ' | model.json: ",
        "'\"labels\": \"l.csv\", \"head\": \" \", ' | head is blank: it must name the classifier,"
            + " or be none",
        "'\"head\": \"fc\", ' | labels is missing: it must name a file in the same folder, unless"
            + " head is none",
        "'\"labels\": \"l.csv\", \"head\": \"none\", ' | head is none, so that there are no"
            + " classes, but labels is \"l.csv\": remove one of them",
        "'\"labels\": \"l.csv\", \"stempool\": true, ' | model.json: "
      })
  void whatMakesNoSenseIsRefused(String fields, String message) {
    assertThatThrownBy(() -> parse(fields))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "123.6,116,103 | 58,57,57 | mean is [123.6, 116.0, 103.0]: it is of the scale 0 to 1, and"
            + " these numbers look like 0 to 255; on the right scale they are 0.4847,0.4549,0.4039",
        "123.675,116.28,103.53 | 1,1,1 | on the right scale they are 0.4850,0.4560,0.4060; std 1 is"
            + " then 0.0039",
        "0.485,0.456,0.406 | 58.395,57.12,57.375 | std is [58.395, 57.12, 57.375]: it is of the"
            + " scale 0 to 1, and these numbers look like 0 to 255; on the right scale they are"
            + " 0.2290,0.2240,0.2250",
        "127.5,127.5,127.5 | 127.5,127.5,127.5 | on the right scale they are 0.5000,0.5000,0.5000",
        "NaN,0,0 | 1,1,1 | each must be a finite number",
        "0,0,0 | Infinity,1,1 | each must be positive",
        "0,0,0 | -1,1,1 | each must be positive"
      })
  void statisticsOfTheScaleTo255AreRefusedWithTheRightOnes(
      String mean, String std, String message) {
    assertThatThrownBy(() -> new Normalization(numbers(mean), numbers(std)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0,0,0 | 1,1,1",
        "0.5,0.5,0.5 | 0.5,0.5,0.5",
        "1,1,1 | 1,1,1",
        "-0.03,-0.08,-0.18 | 0.9,0.9,0.9",
        "0.485,0.456,0.406 | 0.00392,0.00392,0.00392"
      })
  void statisticsOfTheScaleTo1AreTaken(String mean, String std) {
    assertThat(new Normalization(numbers(mean), numbers(std)).mean()).isEqualTo(numbers(mean));
  }

  private static List<Double> numbers(String text) {
    return Arrays.stream(text.split(",")).map(Double::valueOf).toList();
  }

  private static ModelManifest parse(String fields) throws ModelException {
    return ModelManifest.parse(START + fields + END, "model.json");
  }
}
