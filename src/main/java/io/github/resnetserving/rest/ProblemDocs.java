package io.github.resnetserving.rest;

import io.github.resnetserving.rest.problem.ProblemType;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * What the API documents say of problems: a response for each status, with an example for each type
 * that has it, and which operations answer with which.
 */
final class ProblemDocs {

  /** What every operation may answer that needs a key where keys are configured. */
  private static final List<Integer> ANY = List.of(400, 401, 403, 405, 500);

  /** And where something is sent. */
  private static final List<Integer> BODY = List.of(408, 413, 415, 429);

  /** And where a model looks at what is sent. */
  private static final List<Integer> IMAGES = List.of(404, 422, 502, 503, 504);

  private ProblemDocs() {}

  /** Adds the responses. */
  static void describe(Components components) {
    Arrays.stream(ProblemType.values())
        .collect(
            Collectors.groupingBy(ProblemType::status, LinkedHashMap::new, Collectors.toList()))
        .forEach((status, types) -> components.addResponses(name(status), response(status, types)));
  }

  /** Names the problems of an operation in the place of its other answers to failures. */
  static void describe(Operation operation) {
    operation.getResponses().keySet().removeIf(status -> !status.matches("2..|304"));
    statuses(operation.getOperationId())
        .flatMap(List::stream)
        .sorted()
        .forEach(status ->
            operation
                .getResponses()
                .addApiResponse(
                    Integer.toString(status),
                    new ApiResponse().$ref("#/components/responses/" + name(status))));
  }

  private static Stream<List<Integer>> statuses(String operation) {
    return switch (operation) {
      case "classify", "explain" -> Stream.of(ANY, BODY, IMAGES);
      case "features" -> Stream.of(ANY, BODY, IMAGES, List.of(406));
      case "models" -> Stream.of(ANY);
      case "model", "unloadModel" -> Stream.of(ANY, List.of(404));
      case "classes", "card" -> Stream.of(ANY, List.of(404, 503));
      case "loadModel" -> Stream.of(ANY, BODY, List.of(404, 422));
      case "fitHead" -> Stream.of(ANY, BODY, List.of(404, 422, 503, 504));
      case "removeHead" -> Stream.of(ANY, List.of(404));
      case "live", "ready" -> Stream.of(List.of(405, 406, 500));
      default ->
          throw new IllegalStateException(
              "say here what the operation %s answers when it fails".formatted(operation));
    };
  }

  private static String name(int status) {
    return "Problem" + status;
  }

  private static ApiResponse response(int status, List<ProblemType> types) {
    Schema<Object> problem = new Schema<>();
    problem.set$ref("#/components/schemas/Problem");
    MediaType body = new MediaType().schema(problem);
    for (ProblemType type : types) {
      body.addExamples(type.uri().replace("/problems/", ""), new Example().value(example(type)));
    }
    ApiResponse response =
        new ApiResponse()
            .description(
                HttpStatus.valueOf(status).getReasonPhrase()
                    + ": "
                    + types.stream()
                        .map(type -> "`%s`".formatted(type.uri()))
                        .collect(Collectors.joining(", ")))
            .content(
                new Content()
                    .addMediaType(
                        org.springframework.http.MediaType.APPLICATION_PROBLEM_JSON_VALUE, body));
    switch (status) {
      case 401 -> header(response, HttpHeaders.WWW_AUTHENTICATE, "Bearer");
      case 405 -> header(response, HttpHeaders.ALLOW, "The methods that there are");
      case 429, 503 -> header(response, HttpHeaders.RETRY_AFTER, "Seconds, where that would help");
      default -> {} // says it all
    }
    return response;
  }

  private static void header(ApiResponse response, String name, String description) {
    Schema<String> text = new Schema<>();
    text.setType("string");
    response.addHeaderObject(name, new Header().description(description).schema(text));
  }

  private static Map<String, Object> example(ProblemType type) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", type.uri());
    problem.put("title", type.title());
    problem.put("status", type.status());
    problem.put("detail", type.example());
    problem.put("instance", "/classify");
    problem.put("request_id", "ec58d0e5-bef5-441f-b64e-fd9539fe82bb");
    return problem;
  }
}
