package io.github.resnetserving.http;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MapSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import java.util.List;

/** What the API documents say of the probes, which are Spring's. */
final class ProbeDocs {

  private static final String SCHEMA = "Health";

  /** What a probe answers that asks for nothing in particular. */
  private static final String ACTUATOR = "application/vnd.spring-boot.actuator.v3+json";

  private ProbeDocs() {}

  static Schema<?> schema() {
    StringSchema status = new StringSchema();
    status.setDescription("UP, or why not: DOWN, OUT_OF_SERVICE, UNKNOWN");
    status.setExample("UP");
    ObjectSchema component = new ObjectSchema();
    component.addProperty("status", new StringSchema());
    ObjectSchema details = new ObjectSchema();
    details.setDescription("Of stages: standing, those that stand still though work waits");
    details.setAdditionalProperties(true);
    component.addProperty("details", details);
    component.addRequiredItem("status");
    MapSchema components = new MapSchema();
    components.setDescription("Of /readyz alone: what the answer is made up of, by name");
    components.setAdditionalProperties(component);
    ObjectSchema health = new ObjectSchema();
    health.addProperty("status", status);
    health.addProperty("components", components);
    health.addRequiredItem("status");
    return health;
  }

  static String schemaName() {
    return SCHEMA;
  }

  static PathItem live() {
    return path("live", "Whether the process lives", "It lives");
  }

  static PathItem ready() {
    PathItem path =
        path(
            "ready",
            "Whether every configured model is loaded and warm, and no stage stands still",
            "Requests are welcome");
    path.getGet().getResponses().addApiResponse("503", answer("Not yet, or no longer"));
    return path;
  }

  private static PathItem path(String operationId, String summary, String yes) {
    return new PathItem()
        .get(
            new Operation()
                .operationId(operationId)
                .addTagsItem("Service")
                .summary(summary)
                .description("Needs no key.")
                .security(List.of())
                .responses(new ApiResponses().addApiResponse("200", answer(yes))));
  }

  private static ApiResponse answer(String description) {
    Schema<Object> health = new Schema<>();
    health.set$ref("#/components/schemas/" + SCHEMA);
    return new ApiResponse()
        .description(description)
        .content(
            new Content()
                .addMediaType("application/json", new MediaType().schema(health))
                .addMediaType(ACTUATOR, new MediaType().schema(health)));
  }
}
