package io.github.resnetserving.http;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.ArraySchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.springdoc.core.customizers.OpenApiCustomizer;

/**
 * What the API documents say of the service as a whole, and of all operations alike: failures,
 * keys, the configured limits, an order that is always the same. What is particular to an operation
 * is said at its controller.
 */
final class ApiDocument implements OpenApiCustomizer {

  private static final String KEY = "key";

  /** What springdoc finds, in the order in which people should read it. */
  private static final List<String> ORDER =
      List.of("/classify", "/features", "/explain", "/models", "/models/{name}");

  private final HttpSettings settings;

  ApiDocument(HttpSettings settings) {
    this.settings = settings;
  }

  /** The document before anything is in it. */
  static OpenAPI empty() {
    return new OpenAPI()
        .info(
            new Info()
                .title("ResNet Serving")
                .version("1")
                .description(
                    """
                    Classifies photographs with pretrained residual networks, and gives their features.

                    Names are snake_case, times are milliseconds, probabilities sum to 1 over all \
                    classes. A failure is a problem (RFC 9457) with a stable `type`; under `/v2` it is \
                    the Open Inference Protocol's `{"error": "…"}`. Where the server has keys, send \
                    one as `Authorization: Bearer KEY`.
                    """)
                .license(
                    new License()
                        .name("Apache-2.0")
                        .url("https://www.apache.org/licenses/LICENSE-2.0")))
        .addServersItem(new Server().url("/").description("Where this document comes from"))
        .addTagsItem(new Tag().name("Images").description("What a network sees in images"))
        .addTagsItem(new Tag().name("Models").description("Which networks there are"))
        .addTagsItem(new Tag().name("Service").description("Whether the service can be asked"))
        // Keys are a matter of configuration: without any, everyone may ask.
        .addSecurityItem(new SecurityRequirement())
        .addSecurityItem(new SecurityRequirement().addList(KEY))
        .components(
            new Components()
                .addSecuritySchemes(
                    KEY,
                    new SecurityScheme()
                        .type(SecurityScheme.Type.HTTP)
                        .scheme("bearer")
                        .description("Needed where the server has keys configured")));
  }

  @Override
  public void customise(OpenAPI api) {
    Components components = api.getComponents();
    components.addSchemas("Logits", logits());
    components.addSchemas(ProbeDocs.schemaName(), ProbeDocs.schema());
    new AnswerSchemas(components).complete();
    limit(components, "ImageForm", "image");
    limit(components, "Images", "images");
    ProblemDocs.describe(components);
    components.addHeaders(
        "RequestId",
        header("Finds the request in the log; a well-formed one that is sent is kept"));
    components.addHeaders(
        "ServerTiming", header("Where the time went, for browsers' developer tools"));
    Paths paths = new Paths();
    for (String path : ORDER) {
      paths.addPathItem(path, Objects.requireNonNull(api.getPaths().remove(path), path));
    }
    paths.addPathItem("/livez", ProbeDocs.live());
    paths.addPathItem("/readyz", ProbeDocs.ready());
    paths.values().stream()
        .map(PathItem::readOperations)
        .flatMap(List::stream)
        .forEach(this::complete);
    paths.putAll(api.getPaths()); // other packages'
    api.setPaths(paths);
    // Whatever other packages add later goes into its place.
    components.setSchemas(new TreeMap<>(components.getSchemas()));
  }

  private void complete(Operation operation) {
    var probed = operation.getResponses().get("503");
    ProblemDocs.describe(operation);
    if (probed != null) {
      operation.getResponses().addApiResponse("503", probed);
    }
    if (operation.getParameters() != null) {
      operation.getParameters().forEach(this::complete);
    }
    operation
        .getResponses()
        .forEach((status, response) -> {
          if (response.get$ref() == null) {
            refer(response, "X-Request-Id", "RequestId");
            if (operation.getTags().contains("Images")) {
              refer(response, ServerTiming.HEADER, "ServerTiming");
            }
          }
        });
  }

  private void complete(Parameter parameter) {
    if (parameter.getName().equals("deadline_ms")) {
      Schema<?> schema = parameter.getSchema();
      schema.setDefault(settings.deadline().toMillis());
    }
  }

  private static void refer(ApiResponse response, String name, String header) {
    response.addHeaderObject(name, new Header().$ref("#/components/headers/" + header));
  }

  private static Header header(String description) {
    return new Header().description(description).schema(new StringSchema());
  }

  /** As many images as a request may have. */
  private void limit(Components components, String name, String property) {
    Schema<?> schema = Objects.requireNonNull(components.getSchemas().get(name), name);
    Schema<?> images = Objects.requireNonNull(schema.getProperties().get(property), property);
    images.setMinItems(1);
    images.setMaxItems(settings.maxImages());
  }

  /** A choice between two kinds of arrays is what generators of clients do not compile. */
  private static Schema<?> logits() {
    return new ArraySchema()
        .items(new Schema<>().description("a number, or a crop's row of numbers"))
        .description(
            "The scores before softmax, a number a class; with ten crops one such row a crop");
  }
}
