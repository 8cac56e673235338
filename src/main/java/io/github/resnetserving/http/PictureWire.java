package io.github.resnetserving.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.inference.Picture;
import io.swagger.v3.oas.annotations.media.Schema;

/** What an image was; its size is that after EXIF orientation. */
@Schema(name = "Picture")
record PictureWire(
    @JsonProperty("format") @Schema(example = "jpeg") String format,
    @JsonProperty("width") int width,
    @JsonProperty("height") int height) {

  static PictureWire of(Picture picture) {
    return new PictureWire(picture.format(), picture.width(), picture.height());
  }
}
