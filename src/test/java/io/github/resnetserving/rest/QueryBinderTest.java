package io.github.resnetserving.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.rest.FeaturesParameters.Layer;
import io.github.resnetserving.rest.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;

class QueryBinderTest {

  private static final Map<String, Class<? extends ImageParameters>> TYPES =
      Map.of(
          "classify", ClassifyParameters.class,
          "features", FeaturesParameters.class,
          "explain", ExplainParameters.class);

  private final QueryBinder binder = new QueryBinder();

  private ImageParameters bind(String type, String... namesAndValues) {
    MockHttpServletRequest request = new MockHttpServletRequest();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      request.addParameter(namesAndValues[i], namesAndValues[i + 1]);
    }
    return binder.bind(request, Objects.requireNonNull(TYPES.get(type)));
  }

  @Test
  void whatIsAbsentHasItsDefault() {
    assertThat(bind("classify"))
        .isEqualTo(new ClassifyParameters(null, null, null, null, null, null, null, null, null));
    assertThat(bind("explain")).isEqualTo(new ExplainParameters(null, null, null, null));
    FeaturesParameters features = (FeaturesParameters) bind("features");
    assertThat(features.layerName()).isEqualTo("pool");
    assertThat(features.cropMode()).isEqualTo(CropMode.CENTER);
    assertThat(List.of(features.isL2(), features.isHalf(), features.isBase64()))
        .containsOnly(false);
  }

  @Test
  void everyParameterIsBound() {
    assertThat(
            bind(
                "classify",
                "model",
                "net",
                "version",
                "7",
                "deadline_ms",
                "-5",
                "crop",
                "ten",
                "top_k",
                "3",
                "logits",
                "true",
                "calibrated",
                "false",
                "abstain_below",
                "0.25",
                "head",
                "flowers",
                "head",
                "birds"))
        .isEqualTo(
            new ClassifyParameters(
                "net",
                "7",
                -5,
                ImageParameters.Crop.TEN,
                3,
                /* logits= */ true,
                /* calibrated= */ false,
                0.25,
                List.of("flowers", "birds")));
    FeaturesParameters features =
        (FeaturesParameters)
            bind(
                "features",
                "layer",
                "layer2",
                "normalize",
                "l2",
                "dtype",
                "float16",
                "encoding",
                "base64");
    assertThat(features.layer()).isEqualTo(Layer.LAYER2);
    assertThat(List.of(features.isL2(), features.isHalf(), features.isBase64())).containsOnly(true);
    assertThat(((ExplainParameters) bind("explain", "class", "281")).classIndex()).isEqualTo(281);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "classify|top_k|five|top_k is five: it must be a whole number.",
        "classify|top_k|''|top_k is empty: it must be a whole number.",
        "classify|top_k|' 5'|top_k is  5: it must be a whole number.",
        "classify|top_k|0x5|top_k is 0x5: it must be a whole number.",
        "classify|top_k|5.0|top_k is 5.0: it must be a whole number.",
        "classify|top_k|2147483648|top_k is 2147483648: it must be a whole number.",
        "classify|logits|maybe|logits is maybe: it must be false or true.",
        "classify|logits|on|logits is on: it must be false or true.",
        "classify|logits|1|logits is 1: it must be false or true.",
        "classify|logits|TRUE|logits is TRUE: it must be false or true.",
        "classify|logits|''|logits is empty: it must be false or true.",
        "classify|crop|CENTER|crop is CENTER: it must be center or ten.",
        "classify|crop|'ten '|crop is ten : it must be center or ten.",
        "features|encoding|''|encoding is empty: it must be json or base64.",
        "features|layer|layer5|layer is layer5: it must be pool or stem or layer1 or layer2 or"
            + " layer3 or layer4.",
        "features|normalize|L2|normalize is L2: it must be none or l2.",
        "explain|class|tabby|class is tabby: it must be a whole number."
      })
  void aValueOfAnotherKindIsRefused(String type, String name, String value, String detail) {
    assertThatThrownBy(() -> bind(type, name, value))
        .isInstanceOf(ProblemException.class)
        .hasMessage(detail);
  }

  @ParameterizedTest
  @ValueSource(strings = {"topk", "_logits", "!logits", "class", "Model", "crop.x", ""})
  void anUnknownNameIsRefused(String name) {
    assertThatThrownBy(() -> bind("classify", name, "1"))
        .isInstanceOf(ProblemException.class)
        .hasMessage(
            "There is no parameter %s here. Allowed: model, version, deadline_ms, crop, top_k,"
                + " logits, calibrated, abstain_below, head.",
            name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "version", "deadline_ms", "crop", "top_k", "logits"})
  void aNameThatIsGivenTwiceIsRefused(String name) {
    assertThatThrownBy(() -> bind("classify", name, "1", name, "1"))
        .isInstanceOf(ProblemException.class)
        .hasMessage("The parameter %s is given twice.", name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "version", "crop", "logits", "top_k"})
  void headersAreNoParameters(String name) {
    MockHttpServletRequest request = new MockHttpServletRequest();
    request.addHeader(name, "1");

    assertThat(binder.bind(request, ClassifyParameters.class))
        .isEqualTo(new ClassifyParameters(null, null, null, null, null, null, null, null, null));
  }
}
