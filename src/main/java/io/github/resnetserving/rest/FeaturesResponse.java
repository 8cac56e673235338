package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.resnetserving.rest.ImageResponses.ImageWire;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer of {@code /features}. */
@Schema(name = "Featured")
record FeaturesResponse(
    @JsonProperty("model") ModelWire model,
    @JsonProperty("results") List<Result> results,
    @JsonProperty("timing") TimingWire timing) {

  /** One image's features, or its error. */
  @Schema(name = "FeaturesOfImage")
  record Result(
      @JsonProperty("id") @Nullable String id,
      @JsonProperty("features") @Nullable Features features,
      @JsonProperty("image") @Nullable ImageWire image,
      @JsonProperty("error") @Nullable Problem error) {}

  /** An array, as numbers or as little-endian bytes in base64. */
  @Schema(name = "FeatureArray")
  record Features(
      @JsonProperty("layer") @Schema(example = "pool") String layer,
      @JsonProperty("shape")
          @Schema(description = "(width) of pool, (channels, height, width) of a map; row-major")
          List<Integer> shape,
      @JsonProperty("dtype") @Schema(allowableValues = {"float32", "float16"}) String dtype,
      @JsonProperty("values")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @ArraySchema(schema = @Schema(type = "number", format = "float"))
          FeatureValues.@Nullable Numbers values,
      @JsonProperty("base64")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(implementation = String.class)
          FeatureValues.@Nullable Base64 base64) {

    static Features of(FeatureArray array, FeaturesParameters parameters) {
      boolean half = parameters.isHalf();
      boolean base64 = parameters.isBase64();
      return new Features(
          parameters.layerName(),
          array.shape(),
          half ? "float16" : "float32",
          base64 ? null : new FeatureValues.Numbers(array.values(), half),
          base64 ? new FeatureValues.Base64(array.values(), half) : null);
    }
  }

  /** One line of newline-delimited JSON. */
  @Schema(name = "FeaturesLine")
  record Line(@JsonProperty("model") @Nullable ModelWire model, @JsonUnwrapped Result result) {}

  /**
   * The features of one image, from any layer.
   *
   * @param values row-major; not copied
   */
  @SuppressWarnings("ArrayRecordComponent") // up to a million numbers
  record FeatureArray(List<Integer> shape, float[] values) {

    static FeatureArray of(float[] pooled) {
      return new FeatureArray(List.of(pooled.length), pooled);
    }

    static FeatureArray of(FeatureMap map) {
      return new FeatureArray(List.of(map.channels(), map.height(), map.width()), map.values());
    }
  }
}
