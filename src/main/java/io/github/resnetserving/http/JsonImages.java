package io.github.resnetserving.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Images as base64, or their addresses, in a JSON body. Thread-safe. */
final class JsonImages {

  /** The body. */
  @Schema(
      name = "Images",
      requiredProperties = "images",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record Body(@JsonProperty("images") @Nullable List<@Nullable Item> images) {}

  /** One image of the body. */
  @Schema(
      name = "Image",
      description = "An image: data or url",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record Item(
      @JsonProperty("id") @Schema(description = "Comes back with its result") @Nullable String id,
      @JsonProperty("data") @Schema(format = "byte", description = "The image in base64")
          @Nullable String data,
      @JsonProperty("url")
          @Schema(description = "Refused unless its host is allowed; in place of data")
          @Nullable String url) {}

  private final JsonMapper mapper;

  JsonImages(int maxBodyBytes) {
    // One image may be the whole body; the usual limit of a string is less than that.
    StreamReadConstraints constraints =
        StreamReadConstraints.builder().maxStringLength(maxBodyBytes).build();
    this.mapper =
        JsonMapper.builder(JsonFactory.builder().streamReadConstraints(constraints).build())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
  }

  List<ImageSource> read(byte[] json) {
    List<@Nullable Item> items = parse(json).images();
    if (items == null) {
      throw ProblemException.badRequest(
          "The body has no images. It must look like {\"images\": [{\"data\": \"<base64>\"}]}.");
    }
    return IntStream.range(0, items.size())
        .mapToObj(i -> image("images[%d].".formatted(i), items.get(i)))
        .toList();
  }

  private Body parse(byte[] json) {
    try {
      Body body = mapper.readValue(json, Body.class);
      return body == null ? new Body(null) : body;
    } catch (JacksonException e) {
      throw ProblemException.badRequest(
          "The body is not the JSON that is expected, {\"images\": [{\"data\": \"<base64>\"}]}; "
              + "see line %d, column %d."
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    }
  }

  /**
   * One line of a stream.
   *
   * @return carries a problem where the line is wrong
   */
  ImageSource line(byte[] buffer, int offset, int length, long number) {
    Item item;
    try {
      item = mapper.readValue(buffer, offset, length, Item.class);
    } catch (JacksonException e) {
      return refused(
          null,
          ProblemException.badRequest(
              "Line %d is not the JSON that is expected, {\"id\": \"…\", \"data\": \"<base64>\"}; see column %d."
                  .formatted(number, e.getLocation().getColumnNr())));
    }
    try {
      return image("Line %d: ".formatted(number), item);
    } catch (ProblemException e) {
      return refused(item == null ? null : item.id(), e);
    }
  }

  private static ImageSource refused(@Nullable String id, ProblemException problem) {
    return new ImageSource.Here(SentImage.refused(id, problem));
  }

  private static ImageSource image(String where, @Nullable Item item) {
    if (item != null && item.url() != null) {
      return new ImageSource.There(item.id(), where, item.url());
    }
    if (item == null || item.data() == null || item.data().isEmpty()) {
      throw ProblemException.badRequest(where + "data is missing: it must be an image in base64.");
    }
    try {
      byte[] encoded = Base64.getDecoder().decode(item.data());
      return new ImageSource.Here(new SentImage(item.id(), encoded));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(where + "data is not base64.");
    }
  }
}
