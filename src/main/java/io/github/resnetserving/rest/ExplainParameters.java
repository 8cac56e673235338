package io.github.resnetserving.rest;

import io.github.resnetserving.models.Preprocessing.CropMode;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The query parameters of {@code /explain}. */
record ExplainParameters(
    @Parameter(description = MODEL) @Nullable String model,
    @Parameter(description = VERSION) @Nullable String version,
    @Parameter(name = "deadline_ms", description = DEADLINE) @Nullable Integer deadlineMs,
    @Parameter(
            name = "class",
            description = "A class's index; without it the most probable one",
            schema = @Schema(type = "integer", format = "int32", minimum = "0"))
        @Nullable Integer classIndex)
    implements ImageParameters {

  @Override
  public List<?> form() {
    return List.of(); // never cached
  }

  @Override
  public CropMode cropMode() {
    return CropMode.CENTER;
  }

  @Override
  public boolean isIntermediate() {
    return true;
  }
}
