package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.InferenceCall.RequestedOutput;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A body of REST's infer: JSON, and after it the tensor that it announces as binary.
 *
 * @param spec the model that the request is for
 * @param id the request's id, null if it has none
 * @param deadlineMillis the parameter {@code deadline_ms}, null if there is none
 * @param head the parameter {@code head}, null if there is none
 * @param outputs those that are asked for; none for all
 * @param binary whether an output is wanted as binary, by its name, where the request says so
 * @param allBinary whether the other outputs are
 */
record JsonCall(
    ModelSpec spec,
    @Nullable String id,
    @Nullable Long deadlineMillis,
    @Nullable String head,
    InferenceCall.Input input,
    List<RequestedOutput> outputs,
    Map<String, Boolean> binary,
    boolean allBinary) {

  /**
   * Reads a body without more memory than what the request's input takes.
   *
   * @param jsonLength bytes of JSON at the body's beginning; none where the body is an input alone,
   *     which asks for all outputs as binary
   * @param bareInput which input that is
   * @param spec the model that the request is for
   * @param maxImages images of a request at most
   * @param lease what the request holds of the budget of bodies: the body, to begin with
   */
  static JsonCall parse(
      byte[] body,
      int jsonLength,
      String bareInput,
      ModelSpec spec,
      int maxImages,
      Budget.Lease lease)
      throws ProtocolException {
    if (jsonLength < 0 || jsonLength > body.length) {
      throw ProtocolException.invalid(
          "Inference-Header-Content-Length is %d, the body has %d bytes."
              .formatted(jsonLength, body.length));
    }
    var allowance = new InputTensor.Allowance(lease, body.length);
    var tensor = new InputTensor(spec, maxImages, allowance);
    if (jsonLength == 0 && body.length > 0) {
      InferenceCall.Input input = tensor.bare(bareInput, ByteBuffer.wrap(body));
      return new JsonCall(
          spec, null, null, null, input, List.of(), Map.of(), /* allBinary= */ true);
    }
    return new JsonCallReader(body, jsonLength, tensor, allowance).read(spec);
  }

  InferenceCall call(InferenceCalls calls, @Nullable String version, long arrivalNanos)
      throws ProtocolException {
    return new InferenceCall(
        spec, version, input, outputs, head, calls.deadline(arrivalNanos, deadlineMillis));
  }

  /** Whether an output is wanted as bytes after the JSON. */
  boolean isBinary(String output) {
    return binary.getOrDefault(output, allBinary);
  }
}
