package io.github.resnetserving.http;

import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
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
          schema = @Schema(implementation = JsonImages.Body.class)),
      @Content(
          mediaType = "application/x-ndjson",
          schema = @Schema(implementation = JsonImages.Item.class))
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
    schema = @Schema(type = "integer", minimum = "1", maximum = "600000"))
@ApiResponse(
    responseCode = "default",
    description = "A problem; of several images only for the request as a whole",
    content =
        @Content(
            mediaType = "application/problem+json",
            schema = @Schema(implementation = Problem.class)))
@interface ImageRequestDocs {

  /** The multipart body. */
  @Schema(name = "ImageForm")
  record Form(
      @ArraySchema(schema = @Schema(type = "string", format = "binary")) List<String> image) {}
}
