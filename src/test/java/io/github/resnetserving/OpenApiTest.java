package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.rest.request.RequestDeadline;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The document that clients are generated from is checked in as {@code openapi.yaml}; {@code mvn
 * test -Dtest=OpenApiTest -Dopenapi=write} writes what the service says of itself now.
 */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "resnet.default-model=net")
@Timeout(60)
class OpenApiTest {

  static final Path DOCUMENT = Path.of("openapi.yaml");

  private final JsonMapper json = JsonMapper.shared();
  @LocalServerPort private int port;

  @Test
  void theDocumentIsTheOneThatIsCheckedIn() throws Exception {
    String served = get("/v3/api-docs.yaml");
    if ("write".equals(System.getProperty("openapi"))) {
      Files.writeString(DOCUMENT, served);
    }

    assertThat(served)
        .as("run mvn test -Dtest=OpenApiTest -Dopenapi=write, and look at what changed")
        .isEqualTo(Files.readString(DOCUMENT));
  }

  @Test
  void everyOperationIsThere() throws Exception {
    List<String> operations = new ArrayList<>();
    JsonNode paths = document().get("paths");
    for (String path : paths.propertyNames()) {
      for (String method : paths.get(path).propertyNames()) {
        operations.add("%s %s".formatted(method, path));
      }
    }

    assertThat(operations)
        .containsExactly(
            "post /classify",
            "post /features",
            "post /explain",
            "get /models",
            "get /models/{name}",
            "put /models/{name}",
            "delete /models/{name}",
            "get /models/{name}/classes",
            "get /models/{name}/card",
            "put /models/{name}/heads/{head}",
            "delete /models/{name}/heads/{head}",
            "get /livez",
            "get /readyz",
            "get /v2",
            "get /v2/health/live",
            "get /v2/health/ready",
            "get /v2/models/{name}",
            "get /v2/models/{name}/ready",
            "get /v2/models/{name}/config",
            "get /v2/models/{name}/stats",
            "get /v2/models/stats",
            "post /v2/repository/index",
            "post /v2/repository/models/{name}/load",
            "post /v2/repository/models/{name}/unload",
            "post /v2/models/{name}/infer",
            "get /v2/models/{name}/versions/{version}",
            "get /v2/models/{name}/versions/{version}/ready",
            "get /v2/models/{name}/versions/{version}/config",
            "get /v2/models/{name}/versions/{version}/stats",
            "post /v2/models/{name}/versions/{version}/infer");
  }

  @Test
  void generatorsFindFormsFirstAndBytesAsSuch() throws Exception {
    JsonNode classify = document().at("/paths/~1classify/post");
    JsonNode bodies = classify.at("/requestBody/content");

    assertThat(bodies.propertyNames())
        .containsExactly(
            "multipart/form-data",
            "application/octet-stream",
            "image/*",
            "application/json",
            "application/x-ndjson");
    assertThat(bodies.at("/application~1octet-stream/schema").toString())
        .isEqualTo("{\"type\":\"string\",\"format\":\"binary\"}");
    assertThat(document().at("/paths/~1features/post/responses/200/content").propertyNames())
        .containsExactly("application/json", "application/x-ndjson", "application/x-npy");
    assertThat(document().at("/paths/~1explain/post/responses/200/content").propertyNames())
        .containsExactly("application/json", "image/png");
  }

  @Test
  void whatMayBeNullAndWhatIsAlwaysThereFollowsFromTheRecords() throws Exception {
    JsonNode schemas = document().at("/components/schemas");

    assertThat(schemas.at("/Classification/required").toString())
        .isEqualTo("[\"error\",\"id\",\"image\",\"predictions\"]");
    assertThat(schemas.at("/Classification/properties/predictions/nullable").booleanValue())
        .isTrue();
    assertThat(schemas.at("/Classification/properties/error").toString())
        .isEqualTo(
            "{\"type\":\"object\",\"nullable\":true,"
                + "\"allOf\":[{\"$ref\":\"#/components/schemas/Problem\"}]}");
    assertThat(schemas.at("/Classification/properties/logits/$ref").stringValue())
        .isEqualTo("#/components/schemas/Logits");
    assertThat(schemas.at("/Logits/type").stringValue()).isEqualTo("array");
    assertThat(schemas.at("/ClassificationLine/required"))
        .hasSize(schemas.at("/Classification/required").size() + 1); // the model
  }

  @Test
  void deadlinesHaveOneMaximum() throws Exception {
    JsonNode document = document();

    assertThat(
            document
                .at(
                    "/components/schemas/V2InferRequest/properties/parameters/properties/deadline_ms")
                .get("maximum")
                .longValue())
        .isEqualTo(RequestDeadline.LONGEST_MS);
    for (String path : List.of("classify", "features", "explain")) {
      List<Long> maxima = new ArrayList<>();
      for (JsonNode parameter : document.at("/paths/~1" + path + "/post/parameters")) {
        if (parameter.get("name").stringValue().equals("deadline_ms")) {
          maxima.add(parameter.at("/schema/maximum").longValue());
        }
      }
      assertThat(maxima).as(path).containsExactly(RequestDeadline.LONGEST_MS);
    }
  }

  @Test
  void everyFailureHasItsSchemaAndAnExample() throws Exception {
    JsonNode document = document();
    JsonNode answers = document.at("/paths/~1features/post/responses");

    assertThat(answers.propertyNames())
        .containsExactly(
            "200", "304", "400", "401", "403", "404", "405", "406", "408", "413", "415", "422",
            "429", "500", "502", "503", "504");
    for (JsonNode answer : answers) {
      if (answer.has("$ref")) {
        JsonNode problem =
            document
                .at(answer.get("$ref").stringValue().substring(1))
                .at("/content/application~1problem+json");
        assertThat(problem.at("/schema/$ref").stringValue())
            .isEqualTo("#/components/schemas/Problem");
        assertThat(problem.get("examples")).isNotEmpty();
      }
    }
    assertThat(document.at("/components/responses/Problem403").at("/content").toString())
        .contains("/problems/forbidden", "/problems/url-not-allowed");
  }

  private JsonNode document() throws Exception {
    return json.readTree(get("/v3/api-docs"));
  }

  private String get(String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build(),
              BodyHandlers.ofString())
          .body();
    }
  }
}
