package io.github.resnetserving.rest;

import io.github.resnetserving.models.Preprocessing.CropMode;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The query parameters of {@code /features}. */
record FeaturesParameters(
    @Parameter(description = MODEL) @Nullable String model,
    @Parameter(description = VERSION) @Nullable String version,
    @Parameter(name = "deadline_ms", description = DEADLINE) @Nullable Integer deadlineMs,
    @Parameter(description = CROP) @Schema(defaultValue = "center") @Nullable Crop crop,
    @Parameter(
            description =
                "pool is the global average pool of the last stage; the others are maps, stem after"
                    + " the max pool where the network has one")
        @Schema(defaultValue = "pool")
        @Nullable Layer layer,
    @Parameter(description = "l2 scales each image's features to a length of 1")
        @Schema(defaultValue = "none")
        @Nullable Norm normalize,
    @Parameter(description = "What the numbers are rounded to") @Schema(defaultValue = "float32")
        @Nullable Rounding dtype,
    @Parameter(description = "json gives numbers, base64 little-endian bytes")
        @Schema(defaultValue = "json")
        @Nullable Encoding encoding)
    implements ImageParameters {

  FeaturesParameters {
    layer = layer == null ? Layer.POOL : layer;
  }

  /** Whose output is wanted. */
  enum Layer {
    POOL,
    STEM,
    LAYER1,
    LAYER2,
    LAYER3,
    LAYER4
  }

  /** How features are scaled. */
  enum Norm {
    NONE,
    L2
  }

  /** What numbers are rounded to. */
  enum Rounding {
    FLOAT32,
    FLOAT16
  }

  /** How numbers are written in JSON. */
  enum Encoding {
    JSON,
    BASE64
  }

  @Override
  public List<?> form() {
    return Arrays.asList(normalize, dtype, encoding);
  }

  @Override
  public CropMode cropMode() {
    return Crop.mode(crop);
  }

  @Override
  public boolean isIntermediate() {
    return layer != Layer.POOL;
  }

  /** The layer's name, as the request and the answer have it. */
  String layerName() {
    return String.valueOf(layer).toLowerCase(Locale.ROOT);
  }

  boolean isL2() {
    return normalize == Norm.L2;
  }

  boolean isHalf() {
    return dtype == Rounding.FLOAT16;
  }

  boolean isBase64() {
    return encoding == Encoding.BASE64;
  }
}
