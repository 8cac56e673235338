package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.inference.Answer.Explanation;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.rest.ClassifyResponse.PredictionWire;
import io.github.resnetserving.rest.ImageResponses.ImageWire;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The answer of {@code /explain}. */
@Schema(name = "Explained")
record ExplainResponse(
    @JsonProperty("model") ModelWire model,
    @JsonProperty("class") PredictionWire predicted,
    @JsonProperty("logit") float logit,
    @JsonProperty("bias") @Schema(description = "The mean of the map and this are the logit")
        float bias,
    @JsonProperty("map")
        @Schema(description = "A row of numbers for each row of the last stage's map")
        List<float[]> map,
    @JsonProperty("region") @Schema(description = "What the map covers, in the image's pixels")
        @Nullable RegionWire region,
    @JsonProperty("image") ImageWire image,
    @JsonProperty("timing") TimingWire timing) {

  /** A rectangle of the upright image. */
  @Schema(name = "Region")
  record RegionWire(
      @JsonProperty("left") double left,
      @JsonProperty("top") double top,
      @JsonProperty("width") double width,
      @JsonProperty("height") double height) {

    static @Nullable RegionWire of(@Nullable CropGeometry surroundings) {
      return surroundings == null
          ? null
          : new RegionWire(
              surroundings.crop().left(),
              surroundings.crop().top(),
              surroundings.crop().width(),
              surroundings.crop().height());
    }
  }

  static ExplainResponse of(
      ModelWire model, Outcome.Success<Explanation> success, TimingWire timing) {
    Explanation explanation = success.value();
    return new ExplainResponse(
        model,
        PredictionWire.of(explanation.prediction()),
        explanation.logit(),
        explanation.map().bias(),
        rows(explanation.map()),
        RegionWire.of(explanation.surroundings()),
        ImageWire.of(success.image()),
        timing);
  }

  private static List<float[]> rows(ClassActivationMap map) {
    return IntStream.range(0, map.height())
        .mapToObj(y -> Arrays.copyOfRange(map.values(), y * map.width(), (y + 1) * map.width()))
        .toList();
  }
}
