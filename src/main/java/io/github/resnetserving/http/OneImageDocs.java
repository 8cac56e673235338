package io.github.resnetserving.http;

import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the API documents say of requests with one image. Multipart comes first: generators of
 * clients use an operation's first body type.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@RequestBody(
    required = true,
    description =
        "An image as a part of a form, whatever it is called; its bytes under any other type; or base64"
            + " in JSON",
    content = {
      @Content(
          mediaType = "multipart/form-data",
          schema = @Schema(implementation = OneImageDocs.Form.class)),
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
                  value = "{\"images\": [{\"data\": \"" + ImageRequestDocs.PIXEL + "\"}]}"))
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
@interface OneImageDocs {

  /** The multipart body. */
  @Schema(name = "OneImageForm", requiredProperties = "image")
  record Form(@Schema(type = "string", format = "binary") String image) {}
}
