package io.github.resnetserving.http;

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

  /** Names the problems of an operation instead of whatever else it says of failures. */
  static void describe(Operation operation) {
    operation.getResponses().keySet().removeIf(status -> !status.startsWith("2"));
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
      case "loadModel" -> Stream.of(ANY, BODY, List.of(404, 422));
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
    problem.put("detail", detail(type));
    problem.put("instance", "/classify");
    problem.put("request_id", "ec58d0e5-bef5-441f-b64e-fd9539fe82bb");
    return problem;
  }

  private static String detail(ProblemType type) {
    return switch (type) {
      case BAD_REQUEST ->
          "top_k is 0: resnet50 has 1000 classes, so it must be between 1 and 1000.";
      case UNAUTHENTICATED -> "This needs a key: send Authorization: Bearer KEY.";
      case FORBIDDEN -> "The key \"web\" lacks the right admin.";
      case URL_NOT_ALLOWED -> "images[0].url: example.com is not a host that images may come from.";
      case UNKNOWN_MODEL -> "There is no model resnet51. There are: resnet50, cifar10-resnet20.";
      case UNKNOWN_VERSION -> "The model resnet50 has no version 3. There are: 1, 2.";
      case NOT_FOUND -> "There is nothing at this path. /v3/api-docs describes what there is.";
      case METHOD_NOT_ALLOWED -> "GET is not allowed here, only POST.";
      case NOT_ACCEPTABLE -> "No answer of the type that Accept asks for can be given.";
      case REQUEST_TIMEOUT -> "The body did not arrive in time. Send the request again.";
      case TOO_LARGE -> "The body is larger than 20971520 bytes. Send smaller or fewer images.";
      case UNSUPPORTED_IMAGE ->
          "The bytes are in no image format that is read here. Send one of JPEG, PNG, GIF, BMP, WEBP,"
              + " TIFF.";
      case UNSUPPORTED_ENCODING ->
          "The content encoding br is not read here. Send the body in gzip, in deflate or as it is.";
      case UNREADABLE_IMAGE -> "The JPEG ends before its picture does. Send the whole file.";
      case TOO_MANY_PIXELS ->
          "The image has 900000000 pixels, 50000000 are allowed. Send a smaller one.";
      case IMAGE_TOO_COSTLY ->
          "The TIFF image took more time to decode than one image may. Convert it to JPEG or PNG with"
              + " an image editor and send that.";
      case UNUSABLE_MODEL ->
          "The model resnet50 cannot be loaded: models/resnet50/1/model.json is not JSON: Unexpected"
              + " end-of-input at line 3.";
      case OVERLOADED ->
          "The queue is full or too long for the deadline. Send the request again after the time in"
              + " Retry-After, or with a longer deadline.";
      case INTERNAL -> "A defect of the server. The request_id finds it in the log.";
      case URL_UNREACHABLE -> "images[0].url: The image could not be fetched.";
      case NOT_READY -> "The model resnet50 is not ready: it is loading.";
      case DEADLINE_EXCEEDED ->
          "There was no answer within 10000 ms. Ask for fewer images or set a longer deadline.";
    };
  }
}
