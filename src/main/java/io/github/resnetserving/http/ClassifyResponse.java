package io.github.resnetserving.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer of {@code /classify}. */
@Schema(name = "Classified")
record ClassifyResponse(
    @JsonProperty("model") ModelWire model,
    @JsonProperty("results") List<Result> results,
    @JsonProperty("timing") TimingWire timing) {

  /** One image's classes, or its error. */
  @Schema(name = "Classification")
  @SuppressWarnings("ArrayRecordComponent") // written out at once, never compared
  record Result(
      @JsonProperty("id") @Schema(nullable = true) @Nullable String id,
      @JsonProperty("predictions") @Schema(nullable = true)
          @Nullable List<PredictionWire> predictions,
      @JsonProperty("logits") @JsonInclude(JsonInclude.Include.NON_NULL) float @Nullable [] logits,
      @JsonProperty("image") @Nullable PictureWire image,
      @JsonProperty("error") @Nullable Problem error) {}
}
