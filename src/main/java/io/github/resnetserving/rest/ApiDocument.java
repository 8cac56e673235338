package io.github.resnetserving.rest;

import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.rest.request.RequestLimits;
import io.swagger.v3.core.util.Json;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.http.HttpHeaders;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Makes the API document. In: the operations of controllers with their parameters and answers, as
 * springdoc finds them, and the files {@code openapi/*.yaml}, which hold what no controller knows.
 * Out: all of them in a fixed order, with failures and configured limits. It runs when the document
 * is first asked for.
 */
final class ApiDocument implements OpenApiCustomizer {

  /** What springdoc finds, in the order in which people should read it. */
  private static final List<String> ORDER =
      List.of(
          "/classify",
          "/features",
          "/explain",
          "/models",
          "/models/{name}",
          "/models/{name}/classes",
          "/models/{name}/card",
          "/models/{name}/heads/{head}");

  private static final int MOST_ALIASES = 1_000; // the files are our own

  private final RequestLimits limits;

  ApiDocument(RequestLimits limits) {
    this.limits = limits;
  }

  @Override
  public void customise(OpenAPI api) {
    OpenAPI service = read("service.yaml");
    OpenAPI protocol = read("v2.yaml");
    var components = service.getComponents();
    api.getComponents().getSchemas().forEach(components::addSchemas);
    new AnswerSchemas(components).complete();
    Schema<?> images = property(components, "ImageList", "images");
    images.setMinItems(1);
    images.setMaxItems(limits.maxImages());
    Schema<?> files = property(components, "ImageForm", "image");
    files.setDescription( // in words: the Go client that follows from maxItems does not compile
        "%d at most, each with its file name as its id".formatted(limits.maxImages()));
    ProblemDocs.describe(components);
    Map<String, RequestBody> bodies = components.getRequestBodies();
    components.setRequestBodies(null); // generators of clients want them in their operations
    Paths paths = new Paths();
    for (String path : ORDER) {
      PathItem item = Objects.requireNonNull(api.getPaths().get(path), path);
      switch (path) {
        case "/classify", "/features" -> {
          item.getPost().setRequestBody(bodies.get("Images"));
          describeCache(item.getPost());
        }
        case "/explain" -> item.getPost().setRequestBody(bodies.get("OneImage"));
        default -> {} // no images
      }
      paths.addPathItem(path, item);
    }
    paths.putAll(service.getPaths());
    paths.values().stream()
        .map(PathItem::readOperations)
        .flatMap(List::stream)
        .forEach(this::complete);
    paths.putAll(protocol.getPaths());
    protocol.getComponents().getSchemas().forEach(components::addSchemas);
    protocol.getComponents().getResponses().forEach(components::addResponses);
    components.setSchemas(new TreeMap<>(components.getSchemas()));
    List.of(
            components.getSchemas().get("Logits"),
            property(components, "V2Input", "data"),
            property(components, "V2Output", "data"))
        .forEach(array -> array.getItems().setType(null)); // any, which swagger reads as object
    service.getTags().addAll(protocol.getTags());
    api.info(service.getInfo())
        .servers(service.getServers())
        .tags(service.getTags())
        .security(service.getSecurity())
        .components(components)
        .paths(paths);
  }

  /** Reads a file with its anchors, which swagger's own reader does not know. */
  private static OpenAPI read(String name) {
    try (InputStream file = ApiDocument.class.getResourceAsStream("/openapi/" + name)) {
      LoaderOptions options = new LoaderOptions();
      options.setMaxAliasesForCollections(MOST_ALIASES);
      Object yaml = new Yaml(new SafeConstructor(options)).load(file);
      return Json.mapper().convertValue(yaml, OpenAPI.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void describeCache(Operation operation) {
    ApiResponse unchanged =
        new ApiResponse()
            .description(
                "The client has the answer: its If-None-Match names the ETag. Only where the"
                    + " server has a cache");
    var answered = Objects.requireNonNull(operation.getResponses().get("200"));
    operation.getResponses().addApiResponse("304", unchanged);
    for (ApiResponse response : List.of(answered, unchanged)) {
      refer(response, HttpHeaders.ETAG, "ETag");
      refer(response, HttpHeaders.AGE, "Age");
      refer(response, CacheHeaders.STATUS, "CacheStatus");
    }
  }

  private void complete(Operation operation) {
    ApiResponse notReady = operation.getResponses().get("503"); // a probe's own
    ProblemDocs.describe(operation);
    if (notReady != null) {
      operation.getResponses().addApiResponse("503", notReady);
    }
    if (operation.getParameters() != null) {
      operation.getParameters().forEach(this::complete);
    }
    for (ApiResponse response : operation.getResponses().values()) {
      if (response.get$ref() == null) {
        refer(response, RequestContext.HEADER, "RequestId");
        if (operation.getTags().contains("Images")) {
          refer(response, TimingWire.HEADER, "ServerTiming");
        }
      }
    }
  }

  private void complete(Parameter parameter) {
    Schema<?> schema = parameter.getSchema();
    if (parameter.getIn().equals("query")) { // may be absent, which is not null
      parameter.setRequired(null);
      schema.setNullable(null);
    }
    if (parameter.getName().equals("deadline_ms")) {
      schema.setMinimum(BigDecimal.ONE);
      schema.setMaximum(BigDecimal.valueOf(RequestDeadline.LONGEST_MS));
      schema.setDefault(limits.deadline().toMillis());
    }
    if (schema instanceof StringSchema words
        && words.getEnum() != null) { // as QueryBinder reads it
      words.getEnum().replaceAll(word -> word.toLowerCase(Locale.ROOT));
    }
  }

  private static void refer(ApiResponse response, String name, String header) {
    response.addHeaderObject(name, new Header().$ref("#/components/headers/" + header));
  }

  private static Schema<?> property(Components components, String schema, String name) {
    Schema<?> found = Objects.requireNonNull(components.getSchemas().get(schema), schema);
    return Objects.requireNonNull(found.getProperties().get(name), name);
  }
}
