package io.github.resnetserving.http;

import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Schema;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What the API documents say of requests whose images may be cut in more than one way. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Parameter(
    in = ParameterIn.QUERY,
    name = "crop",
    description =
        "ten looks at the four corners and the centre and at their mirror images, and averages"
            + " probabilities and features; the model must resize to more than it crops",
    schema =
        @Schema(
            type = "string",
            allowableValues = {"center", "ten"},
            defaultValue = "center"))
@interface CropDocs {}
