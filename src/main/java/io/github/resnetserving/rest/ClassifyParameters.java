package io.github.resnetserving.rest;

import io.github.resnetserving.models.Preprocessing.CropMode;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The query parameters of {@code /classify}. */
record ClassifyParameters(
    @Parameter(description = MODEL) @Nullable String model,
    @Parameter(description = VERSION) @Nullable String version,
    @Parameter(name = "deadline_ms", description = DEADLINE) @Nullable Integer deadlineMs,
    @Parameter(description = CROP) @Schema(defaultValue = "center") @Nullable Crop crop,
    @Parameter(
            name = "top_k",
            description = "How many classes; without it the smaller of 5 and all",
            schema = @Schema(type = "integer", format = "int32", minimum = "1"))
        @Nullable Integer topK,
    @Parameter(
            description = "Whether to add the scores of all classes before softmax",
            schema = @Schema(type = "boolean", defaultValue = "false"))
        @Nullable Boolean logits,
    @Parameter(
            description =
                "false: the plain softmax; true: refuse a model without a temperature. Without it"
                    + " a temperature is applied where the model has one",
            schema = @Schema(type = "boolean"))
        @Nullable Boolean calibrated,
    @Parameter(
            name = "abstain_below",
            description =
                "Abstain where the first class is less probable, instead of by the model's"
                    + " thresholds",
            schema = @Schema(type = "number", format = "double", minimum = "0", maximum = "1"))
        @Nullable Double abstainBelow,
    @Parameter(
            description =
                "A head of the model, whose classes are told instead of the model's own. May be"
                    + " given several times: all share one forward pass")
        @Nullable List<String> head)
    implements ImageParameters {

  /** The names of the heads; none for the model's own classifier. */
  List<String> heads() {
    return head == null ? List.of() : head;
  }

  @Override
  public CropMode cropMode() {
    return Crop.mode(crop);
  }

  @Override
  public boolean isIntermediate() {
    return false;
  }
}
