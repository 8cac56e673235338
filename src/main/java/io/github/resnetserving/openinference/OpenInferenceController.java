package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.InferenceCalls.Inferred;
import io.github.resnetserving.openinference.InferenceCalls.ModelMetadata;
import io.github.resnetserving.openinference.ModelDescriptions.IndexEntry;
import io.github.resnetserving.openinference.ModelDescriptions.ModelConfig;
import io.github.resnetserving.openinference.ModelDescriptions.ModelStats;
import io.github.resnetserving.openinference.ProtocolException.Kind;
import io.github.resnetserving.rest.request.BodyReader;
import io.github.resnetserving.rest.request.ClientGoneException;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLease;
import io.github.resnetserving.serving.ProgramVersion;
import jakarta.servlet.http.HttpServletRequest;
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

/** The protocol over REST. Thread-safe. */
@RestController
@RequestMapping("/v2")
final class OpenInferenceController {

  private static final Logger LOG = LoggerFactory.getLogger(OpenInferenceController.class);
  private static final int LONGEST_CONTROL_BODY = 10_000;
  private static final String JSON_LENGTH = "Inference-Header-Content-Length";

  private final InferenceCalls calls;
  private final ModelDescriptions descriptions;
  private final ModelControl control;
  private final BodyReader bodies;
  private final BodyReader controlBodies;

  OpenInferenceController(
      InferenceCalls calls,
      ModelDescriptions descriptions,
      ModelControl control,
      BodyReader bodies) {
    this.calls = calls;
    this.descriptions = descriptions;
    this.control = control;
    this.bodies = bodies;
    this.controlBodies = bodies.upTo(LONGEST_CONTROL_BODY);
  }

  @GetMapping({"", "/"})
  ResponseEntity<Map<String, Object>> server() {
    return json(
        200,
        Map.of(
            "name", InferenceCalls.SERVER,
            "version", ProgramVersion.text(),
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
  ResponseEntity<ReadyModel> modelReady(
      @PathVariable String name, @PathVariable(required = false) @Nullable String version)
      throws ProtocolException {
    boolean ready = calls.isReady(name, version);
    return json(ready ? 200 : 503, new ReadyModel(name, ready));
  }

  /** Whether a model answers. */
  record ReadyModel(String name, boolean ready) {}

  @GetMapping({"/models/{name}/config", "/models/{name}/versions/{version}/config"})
  ResponseEntity<ModelConfig> config(
      @PathVariable String name, @PathVariable(required = false) @Nullable String version)
      throws ProtocolException {
    return json(200, descriptions.config(name, version));
  }

  @GetMapping({"/models/stats", "/models/{name}/stats", "/models/{name}/versions/{version}/stats"})
  ResponseEntity<Map<String, List<ModelStats>>> statistics(
      @PathVariable(required = false) @Nullable String name,
      @PathVariable(required = false) @Nullable String version)
      throws ProtocolException {
    return json(200, Map.of("model_stats", descriptions.statistics(name, version)));
  }

  /** Reads no body: what it may ask for, models that are ready alone, is told of each model. */
  @PostMapping("/repository/index")
  ResponseEntity<List<IndexEntry>> index() {
    return json(200, descriptions.index(/* ready= */ false));
  }

  /** Returns when the model answers, as Triton does. */
  @PostMapping("/repository/models/{name}/load")
  ResponseEntity<Void> load(@PathVariable String name, HttpServletRequest request)
      throws ProtocolException, InterruptedException, IOException {
    ModelControl.requireSupported(controlBody(request));
    control.load(name);
    return ResponseEntity.ok().build();
  }

  /** Returns when the model no longer answers, as Triton does. */
  @PostMapping("/repository/models/{name}/unload")
  ResponseEntity<Void> unload(@PathVariable String name, HttpServletRequest request)
      throws ProtocolException, InterruptedException, IOException {
    ModelControl.requireSupported(controlBody(request));
    control.unload(name);
    return ResponseEntity.ok().build();
  }

  private byte[] controlBody(HttpServletRequest request) throws IOException {
    return controlBodies
        .read(request, new Deadline(System.nanoTime(), calls.limits().deadline()))
        .bytes();
  }

  @PostMapping({"/models/{name}/infer", "/models/{name}/versions/{version}/infer"})
  ResponseEntity<byte[]> infer(
      @PathVariable String name,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request)
      throws ProtocolException, InterruptedException, IOException {
    long arrivalNanos = System.nanoTime();
    // The deadline is in the body: until it is known the longest that may be asked for holds.
    byte[] body = bodies.read(request, RequestDeadline.longest(arrivalNanos)).bytes();
    Budget.Lease lease = RequestLease.of(request).part(); // closed with the request
    return answer(name, version, arrivalNanos, body, jsonLength(request, body.length), lease);
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
    "/models/{name}/versions/{version}/ready",
    "/models/{name}/config",
    "/models/{name}/versions/{version}/config",
    "/models/{name}/stats",
    "/models/{name}/versions/{version}/stats"
  })
  ResponseEntity<Map<String, String>> onlyGet(HttpServletRequest request) {
    return notAllowed(request, "GET");
  }

  /** Another method where there is something to ask. */
  @RequestMapping({
    "/models/{name}/infer",
    "/models/{name}/versions/{version}/infer",
    "/repository/index",
    "/repository/models/{name}/load",
    "/repository/models/{name}/unload"
  })
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
                    .formatted(RequestException.echo(request.getMethod()), allowed)));
  }

  /** Answers every other request under this path: errors here are this protocol's. */
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
      case RequestException unreadable -> {
        RequestContext.refused(request, unreadable.detail());
        yield RequestException.keep(request, answer(unreadable));
      }
      case ProtocolException refusal -> {
        RequestContext.refused(request, refusal.detail());
        if (refusal.kind() == Kind.DEFECT) {
          LOG.error("{} failed", request.getRequestURI(), refusal.getCause());
        }
        yield answer(refusal);
      }
      case InterruptedException _ -> { // only a shutdown interrupts a request
        Thread.currentThread().interrupt();
        yield error(503, "The server is shutting down.");
      }
      case Exception gone when ClientGoneException.isReasonOf(gone) -> {
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
    return error(unreadable.kind().status(), unreadable.detail(), unreadable.headers());
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

  /** Ignores Accept: there is nothing but JSON. */
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

  private ResponseEntity<byte[]> answer(
      String name,
      @Nullable String version,
      long arrivalNanos,
      byte[] body,
      int jsonLength,
      Budget.Lease lease)
      throws ProtocolException, InterruptedException {
    ModelSpec spec = calls.model(name, version, arrivalNanos);
    JsonCall call =
        JsonCall.parse(
            body, jsonLength, calls.bareInput(name), spec, calls.limits().maxImages(), lease);
    Inferred inferred = calls.infer(call.call(calls, version, arrivalNanos), lease);
    JsonAnswer answer = JsonAnswer.of(call, inferred);
    return answer.isJson()
        ? ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(answer.body())
        : ResponseEntity.ok()
            .contentType(MediaType.APPLICATION_OCTET_STREAM)
            .header(JSON_LENGTH, Integer.toString(answer.jsonLength()))
            .body(answer.body());
  }
}
