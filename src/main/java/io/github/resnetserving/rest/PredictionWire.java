package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.models.Prediction;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** One class of an answer. */
@Schema(name = "Prediction")
record PredictionWire(
    @JsonProperty("index") int index,
    @JsonProperty("wnid") @Schema(example = "n02123045") @Nullable String wnid,
    @JsonProperty("label") @Schema(example = "tabby") String label,
    @JsonProperty("probability") double probability) {

  static PredictionWire of(Prediction prediction) {
    return new PredictionWire(
        prediction.index(),
        prediction.label().wnid(),
        prediction.label().name(),
        prediction.probability());
  }
}
