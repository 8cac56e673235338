package io.github.resnetserving.http;

import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;

/**
 * What the API documents say of every request with images. Multipart comes first: generators of
 * clients use an operation's first body type.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@RequestBody(
    required = true,
    description =
        "Images as parts of a form, whatever they are called; one image's bytes under any other type;"
            + " base64 in JSON; or any number of lines like `Image`, each answered with a line",
    content = {
      @Content(
          mediaType = "multipart/form-data",
          schema = @Schema(implementation = ImageRequestDocs.Form.class)),
      @Content(
          mediaType = "application/octet-stream",
          schema = @Schema(type = "string", format = "binary")),
      @Content(mediaType = "image/*", schema = @Schema(type = "string", format = "binary")),
      @Content(
          mediaType = "application/json",
          schema = @Schema(implementation = JsonImages.Body.class),
          examples =
              @ExampleObject(
                  name = "pixel",
                  value =
                      "{\"images\": [{\"id\": \"a\", \"data\": \""
                          + ImageRequestDocs.PIXEL
                          + "\"}]}")),
      @Content(
          mediaType = "application/x-ndjson",
          schema = @Schema(implementation = JsonImages.Item.class),
          examples =
              @ExampleObject(
                  name = "line",
                  value = "{\"id\": \"a\", \"data\": \"" + ImageRequestDocs.PIXEL + "\"}"))
    })
@Parameter(
    in = ParameterIn.QUERY,
    name = "model",
    description = "A model's name; without it the default one",
    schema = @Schema(type = "string"))
@Parameter(
    in = ParameterIn.QUERY,
    name = "version",
    description = "One of its versions; without it the newest that is ready",
    schema = @Schema(type = "string"))
@Parameter(
    in = ParameterIn.QUERY,
    name = "deadline_ms",
    description = "Milliseconds from the request's headers to the answer",
    schema = @Schema(type = "integer", format = "int32", minimum = "1", maximum = "600000"))
@interface ImageRequestDocs {

  /** A PNG with one pixel, in base64. */
  String PIXEL =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
          + "gg==";

  /** The multipart body. */
  @Schema(name = "ImageForm", requiredProperties = "image")
  record Form(
      @ArraySchema(
              arraySchema = @Schema(description = "Images, each with its file name as its id"),
              schema = @Schema(type = "string", format = "binary"))
          List<String> image) {}
}
