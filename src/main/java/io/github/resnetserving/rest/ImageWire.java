package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.image.ImageNote;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** What an image was; its size is that after EXIF orientation. */
@Schema(name = "ImageInfo")
record ImageWire(
    @JsonProperty("format") @Schema(example = "jpeg") String format,
    @JsonProperty("width") int width,
    @JsonProperty("height") int height,
    @JsonProperty("notes")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Schema(
            description =
                "What is odd about the image's file, of which every pixel was read all the same;"
                    + " absent where nothing is",
            example = "[\"end marker missing\"]")
        List<String> notes) {

  static ImageWire of(ImageInfo image) {
    return new ImageWire(
        image.format(),
        image.width(),
        image.height(),
        image.notes().stream().map(ImageNote::text).toList());
  }
}
