package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ETag;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/**
 * What an answer says of the cache of outputs: {@code ETag}, {@code Age} and {@code Cache-Status}
 * (RFC 9211). None of them where the cache is off, and no tag where an image failed.
 *
 * <p>The tag is weak, since the times in an answer differ each time. It depends on the images and
 * their names, the model, its plan, the heads, the parameters but the deadline, and the type of the
 * answer; so a tag from one server also holds on another with the same files and plan.
 *
 * @param tag null where there is none
 */
record CacheHeaders(@Nullable ETag tag, HttpHeaders headers) {

  static final String STATUS = "Cache-Status";

  private static final CacheHeaders NONE = new CacheHeaders(null, HttpHeaders.EMPTY);

  /** Hexadecimal digits: 128 bits. */
  private static final int TAG_LENGTH = 32;

  static <T> CacheHeaders of(
      ImageRequest<?> request,
      List<ImagePart> images,
      Answer.Answered<T> answered,
      ModelWire model) {
    if (!answered.reuse().isCached()) {
      return NONE;
    }
    HttpHeaders headers = new HttpHeaders();
    boolean whole =
        images.stream().allMatch(image -> image.problem() == null)
            && answered.outcomes().stream().allMatch(Outcome.Success.class::isInstance);
    ETag tag = null;
    if (whole) {
      tag = new ETag(tagOf(request, images, answered, model), /* weak= */ true);
      headers.setETag(tag.formattedTag());
    }
    switch (answered.reuse().source()) {
      case COMPUTED -> headers.set(STATUS, "resnet; fwd=miss");
      case COALESCED -> headers.set(STATUS, "resnet; fwd=miss; collapsed");
      case CACHE -> {
        headers.set(STATUS, "resnet; hit");
        headers.set(
            HttpHeaders.AGE,
            Long.toString(TimeUnit.NANOSECONDS.toSeconds(answered.reuse().ageNanos())));
      }
    }
    return new CacheHeaders(tag, headers);
  }

  private static String tagOf(
      ImageRequest<?> request,
      List<ImagePart> images,
      Answer.Answered<?> answered,
      ModelWire model) {
    String names =
        images.stream()
            .map(image -> image.id() == null ? "-" : image.id().length() + ":" + image.id())
            .collect(Collectors.joining("\n"));
    String text =
        String.join(
            "\n",
            answered.reuse().fingerprint(),
            request.http().getRequestURI(),
            String.valueOf(request.prefers(NpyBody.TYPE)),
            request.parameters().form().toString(),
            model.toString(),
            names);
    return Digest.sha256(text).substring(0, TAG_LENGTH);
  }

  /** Whether the client says that it has this answer. */
  boolean isUnchanged(HttpServletRequest request) {
    if (tag == null) {
      return false;
    }
    return Collections.list(request.getHeaders(HttpHeaders.IF_NONE_MATCH)).stream()
        .flatMap(header -> ETag.parse(header).stream())
        .anyMatch(known -> known.compare(tag, /* strong= */ false));
  }

  /** The answer without a body, for a client that has it. */
  ResponseEntity<Object> notModified(Answer.Answered<?> answered) {
    return ResponseEntity.status(HttpStatus.NOT_MODIFIED)
        .headers(headers)
        .header(TimingWire.HEADER, TimingWire.header(answered.timing()))
        .build();
  }
}
