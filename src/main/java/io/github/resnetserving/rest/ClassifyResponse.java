package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.rest.ImageResponses.ImageWire;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import io.github.resnetserving.rest.problem.Problem;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answer of {@code /classify}. */
@Schema(name = "Classified")
record ClassifyResponse(
    @JsonProperty("model") ModelWire model,
    @JsonProperty("results") List<Result> results,
    @JsonProperty("timing") TimingWire timing) {

  /** One image's classes, or its error. */
  @Schema(name = "Classification")
  record Result(
      @JsonProperty("id") @Nullable String id,
      @JsonProperty("predictions") @Nullable List<PredictionWire> predictions,
      @JsonProperty("logits")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(ref = "#/components/schemas/Logits")
          @Nullable Object logits,
      @JsonProperty("novelty")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description =
                  "Share of the model's reference images that are no more unfamiliar than this"
                      + " one, from 0 to 1; absent where the model stores no reference")
          @Nullable Double novelty,
      @JsonProperty("abstain")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description =
                  "Whether the first class is not sure enough; absent where neither the model nor"
                      + " the request says what is")
          @Nullable Boolean abstain,
      @JsonProperty("heads")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description =
                  "What each head says, by its name, where several were asked for: then predictions"
                      + " is null")
          @Nullable Map<String, HeadResult> heads,
      @JsonProperty("image") @Nullable ImageWire image,
      @JsonProperty("error") @Nullable Problem error) {}

  /** One image's classes by one of several heads. */
  @Schema(name = "HeadClassification")
  record HeadResult(
      @JsonProperty("predictions") List<PredictionWire> predictions,
      @JsonProperty("logits")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(ref = "#/components/schemas/Logits")
          @Nullable Object logits) {}

  /** One line of newline-delimited JSON. */
  @Schema(name = "ClassificationLine")
  record Line(@JsonProperty("model") @Nullable ModelWire model, @JsonUnwrapped Result result) {}

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
}
