package io.github.resnetserving.protocol;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.ArraySchema;
import io.swagger.v3.oas.models.media.BinarySchema;
import io.swagger.v3.oas.models.media.BooleanSchema;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.tags.Tag;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.springdoc.core.customizers.OpenApiCustomizer;

/**
 * What the API documents say of the protocol. Written here and not found at the controller, whose
 * methods answer at two paths each, with a version and without.
 */
final class OpenInferenceDocs implements OpenApiCustomizer {

  private static final String TAG = "Open Inference Protocol";
  private static final String JSON = "application/json";
  private static final String BINARY = "application/octet-stream";
  private static final String JSON_LENGTH = "Inference-Header-Content-Length";

  private static final Map<Integer, String> FAILURES =
      Map.ofEntries(
          Map.entry(400, "The request cannot be read"),
          Map.entry(401, "Keys are configured and there is none"),
          Map.entry(403, "The key lacks the right"),
          Map.entry(404, "There is no such model or version"),
          Map.entry(405, "Another method"),
          Map.entry(408, "The body comes too slowly"),
          Map.entry(413, "The body is too large"),
          Map.entry(415, "Not a format that is read"),
          Map.entry(422, "An image is truncated, corrupt or has too many pixels"),
          Map.entry(429, "There is more to do than can be done before the deadline"),
          Map.entry(500, "A defect of the server"),
          Map.entry(503, "The model is not ready"),
          Map.entry(504, "The deadline has passed"));

  @Override
  public void customise(OpenAPI api) {
    api.addTagsItem(
        new Tag()
            .name(TAG)
            .description("Version 2, as KServe, Triton and OpenVINO's model server speak it"));
    schemas(api);
    paths(api);
  }

  private static void paths(OpenAPI api) {
    api.getPaths()
        .addPathItem(
            "/v2",
            new PathItem()
                .get(
                    operation("v2Server", "What the server is", "Needs no key.")
                        .security(List.of())
                        .responses(answered("What it is", "V2Server", 405, 500))));
    api.getPaths()
        .addPathItem(
            "/v2/health/live",
            new PathItem()
                .get(
                    operation("v2Live", "Whether the server lives", "Needs no key.")
                        .security(List.of())
                        .responses(answered("It does", "V2Live", 405, 500))));
    api.getPaths()
        .addPathItem(
            "/v2/health/ready",
            new PathItem()
                .get(
                    operation("v2Ready", "Whether the server is ready", "Needs no key.")
                        .security(List.of())
                        .responses(ready(405, 500))));
    model(api, "/v2/models/{name}", "", "The newest version that is ready.");
    model(api, "/v2/models/{name}/versions/{version}", "Version", "One version.");
  }

  private static void model(OpenAPI api, String path, String suffix, String which) {
    api.getPaths()
        .addPathItem(
            path,
            new PathItem()
                .get(
                    parameters(
                            path,
                            operation("v2Model" + suffix, "What a model takes and gives", which))
                        .responses(
                            answered(
                                "What it takes and gives",
                                "V2ModelMetadata",
                                400,
                                401,
                                403,
                                404,
                                405,
                                500,
                                503))));
    api.getPaths()
        .addPathItem(
            path + "/ready",
            new PathItem()
                .get(
                    parameters(
                            path,
                            operation("v2ModelReady" + suffix, "Whether a model is ready", which))
                        .responses(ready(400, 401, 403, 404, 405, 500))));
    Operation infer =
        parameters(path, operation("v2Infer" + suffix, "Runs a model on images or numbers", which));
    infer.addParametersItem(
        new Parameter()
            .in("header")
            .name(JSON_LENGTH)
            .description("Bytes of JSON at the body's beginning, where tensors follow it")
            .schema(atLeast(0)));
    infer.setRequestBody(
        new RequestBody()
            .required(true)
            .description("JSON, or JSON and after it the tensors that it announces as binary")
            .content(
                new Content()
                    .addMediaType(JSON, new MediaType().schema(reference("V2InferRequest")))
                    .addMediaType(BINARY, new MediaType().schema(new BinarySchema()))));
    ApiResponses answers =
        answered(
            "The outputs",
            "V2InferResponse",
            FAILURES.keySet().stream().mapToInt(Integer::intValue).sorted().toArray());
    ApiResponse outputs = answer("The outputs", "V2InferResponse");
    outputs.getContent().addMediaType(BINARY, new MediaType().schema(new BinarySchema()));
    outputs.addHeaderObject(
        JSON_LENGTH,
        new Header().description("Bytes of JSON, where tensors follow it").schema(atLeast(0)));
    answers.addApiResponse("200", outputs);
    api.getPaths().addPathItem(path + "/infer", new PathItem().post(infer.responses(answers)));
  }

  private static Operation operation(String id, String summary, String description) {
    return new Operation()
        .operationId(id)
        .addTagsItem(TAG)
        .summary(summary)
        .description(description);
  }

  private static Operation parameters(String path, Operation operation) {
    operation.addParametersItem(inPath("name", "A model's name"));
    if (path.contains("{version}")) {
      operation.addParametersItem(inPath("version", "One of its versions"));
    }
    return operation;
  }

  private static Parameter inPath(String name, String description) {
    return new Parameter()
        .in("path")
        .name(name)
        .required(true)
        .description(description)
        .schema(new StringSchema());
  }

  private static ApiResponses ready(int... failures) {
    ApiResponses answers = answered("It is", "V2Ready", failures);
    answers.addApiResponse("503", answer("Not yet, or no longer", "V2Ready"));
    return answers;
  }

  private static ApiResponses answered(String description, String schema, int... failures) {
    ApiResponses answers = new ApiResponses();
    answers.addApiResponse("200", answer(description, schema));
    for (int status : failures) {
      ApiResponse failed = answer(String.valueOf(FAILURES.get(status)), "V2Error");
      switch (status) {
        case 401 -> header(failed, "WWW-Authenticate", "Bearer");
        case 405 -> header(failed, "Allow", "The method that there is");
        case 429, 503 -> header(failed, "Retry-After", "Seconds, where that would help");
        default -> {} // says it all
      }
      answers.addApiResponse(Integer.toString(status), failed);
    }
    return answers;
  }

  private static ApiResponse answer(String description, String schema) {
    return new ApiResponse()
        .description(description)
        .content(new Content().addMediaType(JSON, new MediaType().schema(reference(schema))));
  }

  private static void header(ApiResponse response, String name, String description) {
    response.addHeaderObject(
        name, new Header().description(description).schema(new StringSchema()));
  }

  private static void schemas(OpenAPI api) {
    var components = api.getComponents();
    Schema<?> error = text("What is wrong and what to do about it");
    error.setExample("There is no model resnet51. There are: resnet50.");
    components.addSchemas("V2Error", object("error", error));
    components.addSchemas(
        "V2Server",
        object(
            "name", new StringSchema(),
            "version", new StringSchema(),
            "extensions", new ArraySchema().items(new StringSchema())));
    components.addSchemas("V2Live", object("live", new BooleanSchema()));
    components.addSchemas("V2Ready", object("ready", new BooleanSchema()));
    components.addSchemas(
        "V2TensorMetadata",
        object(
            "name", new StringSchema(),
            "datatype", new StringSchema(),
            "shape", sizes("−1 for a size that varies")));
    components.addSchemas(
        "V2ModelMetadata",
        object(
            "name", new StringSchema(),
            "versions", new ArraySchema().items(new StringSchema()),
            "platform", new StringSchema(),
            "inputs", new ArraySchema().items(reference("V2TensorMetadata")),
            "outputs", new ArraySchema().items(reference("V2TensorMetadata"))));

    Schema<?> input =
        object(
            "name", choice("image", "input"),
            "datatype", choice("BYTES", "FP32"),
            "shape",
                sizes("[n] of image, whose elements are encoded; [n, 3, height, width] of input"));
    input.addProperty("data", data("Base64 or numbers, flat or nested as the shape is"));
    input.addProperty(
        "parameters",
        optional("binary_data_size", described(atLeast(0), "Bytes after the JSON, not data")));
    components.addSchemas("V2Input", input);

    ObjectSchema wantedParameters =
        optional("binary_data", described(new BooleanSchema(), "After the JSON"));
    wantedParameters.addProperty(
        "classification", described(atLeast(1), "The best classes, as value:index:label"));
    Schema<?> wanted = object("name", choice("logits", "probabilities", "features"));
    wanted.addProperty("parameters", wantedParameters);
    components.addSchemas("V2RequestedOutput", wanted);

    IntegerSchema deadline = atLeast(1);
    deadline.setMaximum(BigDecimal.valueOf(InferenceCalls.LONGEST_DEADLINE_MS));
    ObjectSchema parameters =
        optional("deadline_ms", described(deadline, "Milliseconds until the answer is wanted"));
    parameters.addProperty(
        "binary_data_output", described(new BooleanSchema(), "All outputs after the JSON"));
    ArraySchema inputs = new ArraySchema().items(reference("V2Input"));
    inputs.setMinItems(1);
    inputs.setMaxItems(1);
    Schema<?> request = object("inputs", inputs);
    request.addProperty("id", text("Comes back with the answer"));
    request.addProperty("parameters", parameters);
    request.addProperty(
        "outputs",
        described(new ArraySchema().items(reference("V2RequestedOutput")), "All unless given"));
    components.addSchemas("V2InferRequest", request);

    Schema<?> output =
        object(
            "name", new StringSchema(),
            "datatype", choice("FP32", "BYTES"),
            "shape", sizes("Pictures first"));
    output.addProperty("data", data("Numbers, or texts of classes"));
    output.addProperty("parameters", optional("binary_data_size", atLeast(0)));
    components.addSchemas("V2Output", output);

    Schema<?> response =
        object(
            "model_name", new StringSchema(),
            "model_version", new StringSchema(),
            "outputs", new ArraySchema().items(reference("V2Output")));
    response.addProperty("id", text("The request's"));
    components.addSchemas("V2InferResponse", response);
  }

  /** An object that has all of these properties: names and schemas by turns. */
  private static ObjectSchema object(Object... properties) {
    ObjectSchema object = new ObjectSchema();
    for (int i = 0; i < properties.length; i += 2) {
      String name = (String) properties[i];
      object.addProperty(name, (Schema<?>) properties[i + 1]);
      object.addRequiredItem(name);
    }
    return object;
  }

  private static ObjectSchema optional(String name, Schema<?> property) {
    ObjectSchema object = new ObjectSchema();
    object.addProperty(name, property);
    return object;
  }

  private static Schema<?> reference(String name) {
    Schema<Object> reference = new Schema<>();
    reference.set$ref("#/components/schemas/" + name);
    return reference;
  }

  private static Schema<?> text(String description) {
    return described(new StringSchema(), description);
  }

  private static <S extends Schema<?>> S described(S schema, String description) {
    schema.setDescription(description);
    return schema;
  }

  private static StringSchema choice(String... values) {
    StringSchema choice = new StringSchema();
    Arrays.stream(values).forEach(choice::addEnumItem);
    return choice;
  }

  private static IntegerSchema atLeast(int least) {
    IntegerSchema number = new IntegerSchema();
    number.setFormat("int64");
    number.setMinimum(BigDecimal.valueOf(least));
    return number;
  }

  private static Schema<?> sizes(String description) {
    IntegerSchema size = new IntegerSchema();
    size.setFormat("int64");
    return described(new ArraySchema().items(size), description);
  }

  /** Elements of any kind, which may be arrays of such. */
  private static Schema<?> data(String description) {
    return described(new ArraySchema().items(new Schema<>()), description);
  }
}
