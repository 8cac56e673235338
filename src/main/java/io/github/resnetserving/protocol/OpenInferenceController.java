package io.github.resnetserving.protocol;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.protocol.InferenceCalls.Inferred;
import io.github.resnetserving.protocol.InferenceCalls.ModelMetadata;
import io.github.resnetserving.protocol.ProtocolException.Kind;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
  private static final String JSON_LENGTH = "Inference-Header-Content-Length";

  private final InferenceCalls calls;

  OpenInferenceController(InferenceCalls calls) {
    this.calls = calls;
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
    Budget bodies = calls.settings().bodies();
    long declared = request.getContentLengthLong(); // -1 if unknown
    int most = calls.settings().maxBodyBytes();
    if (declared > most) {
      throw tooLarge(most);
    }
    long share = declared < 0 ? most : declared;
    try (Budget.Lease lease = bodies.open()) {
      if (!lease.tryGrow(share)) {
        throw ProtocolException.noRoom();
      }
      byte[] body = read(request.getInputStream(), most, arrivalNanos);
      return answer(name, version, arrivalNanos, body, jsonLength(request, body.length), lease);
    }
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
                "%s is not allowed here, only %s.".formatted(request.getMethod(), allowed)));
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
  ResponseEntity<Map<String, String>> error(Exception e, HttpServletRequest request) {
    if (!(e instanceof ProtocolException refusal)) {
      LOG.error("{} failed", request.getRequestURI(), e);
      return ResponseEntity.internalServerError()
          .contentType(MediaType.APPLICATION_JSON)
          .body(Map.of("error", "A defect of the server. X-Request-Id finds it in the log."));
    }
    if (refusal.kind() == Kind.DEFECT) {
      LOG.error("{} failed", request.getRequestURI(), refusal.getCause());
    }
    return answer(refusal);
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

  private byte[] read(InputStream in, int most, long arrivalNanos)
      throws ProtocolException, IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] chunk = new byte[1 << 16];
    long limitNanos = calls.settings().deadline().toNanos();
    try {
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        body.write(chunk, 0, count);
        if (body.size() > most) {
          throw tooLarge(most);
        }
        if (System.nanoTime() - arrivalNanos > limitNanos) {
          throw slow();
        }
      }
    } catch (SocketTimeoutException e) {
      throw slow();
    }
    return body.toByteArray();
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
    JsonCall call = JsonCall.parse(body, jsonLength, spec, calls.settings().maxImages(), lease);
    Inferred inferred = calls.infer(call.call(calls, version, arrivalNanos), lease);
    JsonAnswer answer = JsonAnswer.of(call, inferred);
    return answer.isJson()
        ? ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(answer.body())
        : ResponseEntity.ok()
            .contentType(MediaType.APPLICATION_OCTET_STREAM)
            .header(JSON_LENGTH, Integer.toString(answer.jsonLength()))
            .body(answer.body());
  }

  private static ProtocolException tooLarge(int most) {
    return new ProtocolException(
        Kind.TOO_LARGE,
        "The body is larger than %d bytes. Send smaller or fewer images.".formatted(most));
  }

  private static ProtocolException slow() {
    return new ProtocolException(
        Kind.SLOW_BODY, "The body did not arrive in time. Send the request again.");
  }
}
