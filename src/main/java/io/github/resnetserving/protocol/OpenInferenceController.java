package io.github.resnetserving.protocol;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.protocol.InferenceCalls.Inferred;
import io.github.resnetserving.protocol.InferenceCalls.ModelMetadata;
import io.github.resnetserving.protocol.ProtocolException.Kind;
import io.github.resnetserving.rest.request.BodyReader;
import io.github.resnetserving.rest.request.ClientGone;
import io.github.resnetserving.rest.request.Echo;
import io.github.resnetserving.rest.request.Refusal;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.rest.request.RequestException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The protocol over REST. Thread-safe. */
@RestController
@RequestMapping("/v2")
final class OpenInferenceController {

  private static final Logger LOG = LoggerFactory.getLogger(OpenInferenceController.class);
  private static final String JSON_LENGTH = "Inference-Header-Content-Length";

  private static final Duration LONGEST_ARRIVAL = Duration.ofMillis(RequestDeadline.LONGEST_MS);

  private final InferenceCalls calls;
  private final BodyReader bodies;
  private final JsonMapper mapper;

  OpenInferenceController(InferenceCalls calls, BodyReader bodies, JsonMapper mapper) {
    this.calls = calls;
    this.bodies = bodies;
    this.mapper = mapper;
  }

  @GetMapping({"", "/"})
  ResponseEntity<Map<String, Object>> server() {
    return json(
        200,
        Map.of(
            "name", InferenceCalls.SERVER,
            "version", ProtocolConfiguration.version(),
            "extensions", InferenceCalls.EXTENSIONS));
  }

  @GetMapping("/health/live")
  ResponseEntity<Map<String, Boolean>> live() {
    return json(200, Map.of("live", true));
  }

  @GetMapping("/health/ready")
  ResponseEntity<Map<String, Boolean>> ready() {
    return ready(calls.isReady());
  }

  @GetMapping({"/models/{name}", "/models/{name}/versions/{version}"})
  ResponseEntity<ModelMetadata> metadata(
      @PathVariable String name, @PathVariable(required = false) @Nullable String version)
      throws ProtocolException {
    return json(200, calls.metadata(name, version));
  }

  @GetMapping({"/models/{name}/ready", "/models/{name}/versions/{version}/ready"})
  ResponseEntity<Map<String, Boolean>> modelReady(
      @PathVariable String name, @PathVariable(required = false) @Nullable String version)
      throws ProtocolException {
    return ready(calls.isReady(name, version));
  }

  @PostMapping({"/models/{name}/infer", "/models/{name}/versions/{version}/infer"})
  ResponseEntity<byte[]> infer(
      @PathVariable String name,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request)
      throws ProtocolException, InterruptedException, IOException {
    long arrivalNanos = System.nanoTime();
    // The deadline is in the body: until it is known the longest that may be asked for holds.
    Deadline arrival = new Deadline(arrivalNanos, LONGEST_ARRIVAL);
    byte[] body = bodies.read(request, arrival).bytes();
    JsonCall call = JsonCall.parse(mapper, body, jsonLength(request, body.length));
    return answer(call, calls.infer(call.call(calls, name, version, arrivalNanos)));
  }

  /** Another method where there is something to get. */
  @RequestMapping({
    "",
    "/",
    "/health/live",
    "/health/ready",
    "/models/{name}",
    "/models/{name}/versions/{version}",
    "/models/{name}/ready",
    "/models/{name}/versions/{version}/ready"
  })
  ResponseEntity<Map<String, String>> onlyGet(HttpServletRequest request) {
    return notAllowed(request, "GET");
  }

  /** Another method where there is something to ask. */
  @RequestMapping({"/models/{name}/infer", "/models/{name}/versions/{version}/infer"})
  ResponseEntity<Map<String, String>> onlyPost(HttpServletRequest request) {
    return notAllowed(request, "POST");
  }

  private static ResponseEntity<Map<String, String>> notAllowed(
      HttpServletRequest request, String allowed) {
    return ResponseEntity.status(405)
        .header("Allow", allowed)
        .contentType(MediaType.APPLICATION_JSON)
        .body(
            Map.of(
                "error",
                "%s is not allowed here, only %s."
                    .formatted(Echo.of(request.getMethod()), allowed)));
  }

  /** Whatever else is asked for under this path: errors here are this protocol's. */
  @RequestMapping("/**")
  ResponseEntity<Map<String, String>> nothing() {
    return answer(
        new ProtocolException(
            Kind.NOT_FOUND,
            "There is nothing at this path. The Open Inference Protocol, version 2, says what there"
                + " is."));
  }

  @ExceptionHandler
  @Nullable ResponseEntity<Map<String, String>> error(Exception e, HttpServletRequest request) {
    return switch (e) {
      case RequestException unreadable -> Refusal.keep(request, answer(unreadable));
      case ProtocolException refusal -> {
        if (refusal.kind() == Kind.DEFECT) {
          LOG.error("{} failed", request.getRequestURI(), refusal.getCause());
        }
        yield answer(refusal);
      }
      case InterruptedException _ -> { // only a shutdown interrupts a request
        Thread.currentThread().interrupt();
        yield error(503, "The server is shutting down.");
      }
      case Exception gone when ClientGone.isReasonOf(gone) -> {
        LOG.debug("the client has gone", e);
        yield null;
      }
      default -> {
        LOG.error("{} failed", request.getRequestURI(), e);
        yield error(500, "A defect of the server. X-Request-Id finds it in the log.");
      }
    };
  }

  private static ResponseEntity<Map<String, String>> answer(RequestException unreadable) {
    HttpHeaders headers = new HttpHeaders();
    Duration wait = unreadable.retryAfter();
    if (wait != null) {
      headers.set(HttpHeaders.RETRY_AFTER, Long.toString(wait.toSeconds()));
    }
    if (unreadable.acceptEncoding() != null) {
      headers.set(HttpHeaders.ACCEPT_ENCODING, unreadable.acceptEncoding());
    }
    if (unreadable.isClosing()) {
      headers.set(HttpHeaders.CONNECTION, "close");
    }
    return error(unreadable.kind().status(), unreadable.detail(), headers);
  }

  private static ResponseEntity<Map<String, String>> error(int status, String detail) {
    return error(status, detail, new HttpHeaders());
  }

  private static ResponseEntity<Map<String, String>> error(
      int status, String detail, HttpHeaders headers) {
    return ResponseEntity.status(status)
        .headers(headers)
        .contentType(MediaType.APPLICATION_JSON)
        .body(Map.of("error", detail));
  }

  private static ResponseEntity<Map<String, String>> answer(ProtocolException refusal) {
    ResponseEntity.BodyBuilder answer =
        ResponseEntity.status(refusal.kind().httpStatus()).contentType(MediaType.APPLICATION_JSON);
    Duration wait = refusal.retryAfter();
    if (wait != null) {
      answer.header("Retry-After", Long.toString(wait.toSeconds()));
    }
    return answer.body(Map.of("error", refusal.detail()));
  }

  private static ResponseEntity<Map<String, Boolean>> ready(boolean ready) {
    return json(ready ? 200 : 503, Map.of("ready", ready));
  }

  /** Whatever Accept says: there is nothing else. */
  private static <T> ResponseEntity<T> json(int status, T body) {
    return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON).body(body);
  }

  private static int jsonLength(HttpServletRequest request, int bodyLength)
      throws ProtocolException {
    String given = request.getHeader(JSON_LENGTH);
    try {
      return given == null ? bodyLength : Integer.parseInt(given);
    } catch (NumberFormatException e) {
      throw ProtocolException.invalid(JSON_LENGTH + " must be a whole number.");
    }
  }

  private ResponseEntity<byte[]> answer(JsonCall call, Inferred inferred) throws ProtocolException {
    ObjectNode root = mapper.createObjectNode();
    root.put("model_name", inferred.model()).put("model_version", inferred.version());
    if (call.id() != null) {
      root.put("id", call.id());
    }
    ArrayNode outputs = root.putArray("outputs");
    ByteArrayOutputStream binary = new ByteArrayOutputStream();
    for (OutputTensor tensor : inferred.outputs()) {
      ObjectNode output = outputs.addObject();
      output.put("name", tensor.name()).put("datatype", tensor.datatype());
      ArrayNode shape = output.putArray("shape");
      tensor.shape().forEach(size -> shape.add(size.longValue()));
      if (call.isBinary(tensor.name())) {
        byte[] raw = tensor.raw();
        output.putObject("parameters").put("binary_data_size", raw.length);
        binary.writeBytes(raw);
      } else {
        addData(output.putArray("data"), tensor);
      }
    }
    byte[] json = mapper.writeValueAsBytes(root);
    if (binary.size() == 0) {
      return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(json);
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream(json.length + binary.size());
    body.writeBytes(json);
    body.writeBytes(binary.toByteArray());
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_OCTET_STREAM)
        .header(JSON_LENGTH, Integer.toString(json.length))
        .body(body.toByteArray());
  }

  private static void addData(ArrayNode data, OutputTensor tensor) {
    switch (tensor) {
      case OutputTensor.Numbers(_, List<float[]> rows) -> {
        for (float[] row : rows) {
          for (float number : row) {
            data.add(number);
          }
        }
      }
      case OutputTensor.Classes(_, List<List<String>> rows) ->
          rows.forEach(row -> row.forEach(data::add));
    }
  }
}
