package io.github.resnetserving.rest;

import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.heads.HeadDraft;
import io.github.resnetserving.heads.HeadException;
import io.github.resnetserving.heads.HeadFitter;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.InferenceService.ModelSearch;
import io.github.resnetserving.rest.ModelsResponse.HeadWire;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.BodyReader;
import io.github.resnetserving.rest.request.BodyReader.Body;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLease;
import io.github.resnetserving.rest.request.RequestLimits;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Fits and removes heads. One head is fitted at a time. Thread-safe. */
@RestController
@Tag(name = "Models")
final class HeadsController {

  private static final Logger LOG = LoggerFactory.getLogger(HeadsController.class);

  private static final String MODEL = "A model's name";
  private static final String HEAD = "What to call the head: letters, digits, dots, dashes";

  /** Copies of the features while a head is fitted, in double precision. */
  private static final int FIT_BYTES_A_NUMBER = 3 * Double.BYTES;

  private final InferenceService inference;
  private final HeadRepository heads;
  private final RequestLimits limits;
  private final BodyReader bodies;
  private final ReentrantLock fitting = new ReentrantLock();

  HeadsController(
      InferenceService inference, HeadRepository heads, RequestLimits limits, BodyReader bodies) {
    this.inference = inference;
    this.heads = heads;
    this.limits = limits;
    this.bodies = bodies;
  }

  @PutMapping("/models/{name}/heads/{head}")
  @Operation(
      operationId = "fitHead",
      summary = "Fit a head to a few labelled images",
      description =
          "A zip or tar with one folder of images a class, or with features.npy, an array of"
              + " (images, width) in float32, and labels.txt, a class a line in the rows' order."
              + " Answers once the head serves; a head of that name gets another version. Needs"
              + " the right admin.")
  @ApiResponse(
      responseCode = "201",
      description = "What was fitted",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = HeadWire.class)))
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = "application/zip",
            schema = @Schema(type = "string", format = "binary")),
        @Content(
            mediaType = "application/x-tar",
            schema = @Schema(type = "string", format = "binary"))
      })
  ResponseEntity<Object> fit(
      @PathVariable("name") @Parameter(description = MODEL) String name,
      @PathVariable("head") @Parameter(description = HEAD) String head,
      @RequestParam(name = "kind", required = false)
          @Parameter(
              description = "Logistic regression, or a vote of the nearest images",
              schema =
                  @Schema(
                      type = "string",
                      allowableValues = {"linear", "nearest"},
                      defaultValue = "linear"))
          @Nullable String kind,
      @RequestParam(name = "k", required = false)
          @Parameter(
              description = "How many of the nearest vote",
              schema =
                  @Schema(type = "integer", format = "int32", minimum = "1", defaultValue = "5"))
          @Nullable String k,
      @Parameter(hidden = true) HttpServletRequest request)
      throws IOException, InterruptedException {
    Kind wanted = kind(kind);
    int voters = voters(k);
    Deadline deadline = RequestDeadline.longest(RequestContext.of(request).arrivalNanos());
    try {
      HeadRepository.requireName(head);
      return switch (inference.find(name, null, deadline)) {
        case ModelSearch.Missing(var failure) -> Problem.answer(failure, request);
        case ModelSearch.Found(var _) -> {
          Body body = bodies.read(request, deadline);
          if (!fitting.tryLock()) {
            throw new ProblemException(
                ProblemType.OVERLOADED,
                "Another head is being fitted. Send the request again when it is done.");
          }
          try {
            yield fit(name, head, wanted, voters, body, request, deadline);
          } finally {
            fitting.unlock();
          }
        }
      };
    } catch (HeadException e) {
      throw unusable(e);
    }
  }

  private ResponseEntity<Object> fit(
      String name,
      String head,
      Kind kind,
      int k,
      Body body,
      HttpServletRequest request,
      Deadline deadline)
      throws IOException, InterruptedException {
    RequestLease lease = RequestLease.of(request);
    var features = new ArchiveFeatures(inference, name, lease, deadline, limits.maxBodyBytes());
    HeadFitter fitter = new HeadFitter();
    Backbone backbone = features.read(body.bytes(), fitter);
    body.free();
    lease.take(features.numbers() * FIT_BYTES_A_NUMBER);
    HeadDraft draft = fitter.fit(kind, k);
    Head stored;
    try {
      stored =
          heads.add(
              head,
              backbone,
              draft,
              "uploaded as request %s".formatted(RequestContext.of(request).id()));
    } catch (HeadException e) {
      throw e;
    } catch (IOException e) {
      LOG.warn("the head {} of {} cannot be stored", head, name, e);
      throw new ProblemException(
          ProblemType.UNUSABLE_HEAD,
          "The head %s was fitted and cannot be stored: the server may not write to its models folder."
              .formatted(head));
    }
    LOG.info(
        "the head {} of {} is version {}, of {} images",
        head,
        name,
        stored.facts().version(),
        stored.facts().fit().images());
    return ResponseEntity.status(HttpStatus.CREATED)
        .contentType(MediaType.APPLICATION_JSON)
        .body(HeadWire.of(stored.facts()));
  }

  @DeleteMapping("/models/{name}/heads/{head}")
  @Operation(
      operationId = "removeHead",
      summary = "Remove a head",
      description = "With all its versions, from the disk too. Needs the right admin.")
  @ApiResponse(responseCode = "204", description = "It is gone")
  ResponseEntity<Object> remove(
      @PathVariable("name") @Parameter(description = MODEL) String name,
      @PathVariable("head") @Parameter(description = HEAD) String head)
      throws IOException {
    try {
      heads.remove(name, head, /* version= */ null);
      return new ResponseEntity<>(new HttpHeaders(), HttpStatus.NO_CONTENT);
    } catch (HeadException e) {
      throw unusable(e);
    }
  }

  private static ProblemException unusable(HeadException e) {
    return new ProblemException(
        e.isUnknown() ? ProblemType.UNKNOWN_HEAD : ProblemType.UNUSABLE_HEAD,
        String.valueOf(e.getMessage()));
  }

  private static Kind kind(@Nullable String given) {
    return given == null
        ? Kind.LINEAR
        : Arrays.stream(Kind.values())
            .filter(kind -> kind.id().equals(given))
            .findFirst()
            .orElseThrow(() ->
                ProblemException.badRequest(
                    "kind is %s: it must be linear or nearest."
                        .formatted(RequestException.echo(given))));
  }

  private static int voters(@Nullable String given) {
    try {
      return given == null ? HeadFitter.DEFAULT_K : Integer.parseInt(given);
    } catch (NumberFormatException e) {
      throw ProblemException.badRequest(
          "k is %s: it must be a whole number.".formatted(RequestException.echo(given)));
    }
  }
}
