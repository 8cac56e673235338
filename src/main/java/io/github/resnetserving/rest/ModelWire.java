package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.inference.ServedModel;
import io.swagger.v3.oas.annotations.media.Schema;

/** Which model answered, exactly: the digest and the preprocessing make an answer reproducible. */
@Schema(name = "ModelUsed")
record ModelWire(
    @JsonProperty("name") @Schema(example = "resnet50") String name,
    @JsonProperty("version") @Schema(example = "1") String version,
    @JsonProperty("weights") @Schema(description = "Digest of the weights file") String weights,
    @JsonProperty("preprocessing") @Schema(example = "resize232-bilinear-crop224")
        String preprocessing,
    @JsonProperty("precision") @Schema(example = "fp32") String precision) {

  static ModelWire of(ServedModel model) {
    return new ModelWire(
        model.spec().name(),
        model.spec().version(),
        model.spec().digest(),
        model.spec().preprocessing().id(),
        model.report().precision());
  }
}
