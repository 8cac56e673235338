package io.github.resnetserving.rest.problem;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An RFC 9457 problem.
 *
 * @param instance the path that was asked for
 * @param requestId finds the request in the log; null where no request could be read
 */
@Schema(name = "Problem", description = "What went wrong and what to do about it (RFC 9457)")
@JsonPropertyOrder({"type", "title", "status", "detail", "instance", "request_id"})
public record Problem(
    @JsonProperty("type") @Schema(example = "/problems/bad-request") String type,
    @JsonProperty("title") String title,
    @JsonProperty("status") int status,
    @JsonProperty("detail") String detail,
    @JsonProperty("instance") String instance,
    @JsonProperty("request_id") @Nullable String requestId) {}
