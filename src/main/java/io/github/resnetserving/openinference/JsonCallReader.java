package io.github.resnetserving.openinference;

import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.InferenceCall.RequestedOutput;
import io.github.resnetserving.rest.request.Base64Text;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the body of one request token by token, so that what is refused or not known is never held:
 * the time is linear in the body's size, and the memory is the input's. Used by one thread.
 */
final class JsonCallReader {

  private final byte[] body;
  private final int jsonLength;
  private final InputTensor tensor;
  private final InputTensor.Allowance allowance;
  private final JsonMembers json;
  private final JsonParser parser; // of those
  private boolean hasInput;
  private boolean hasData;
  private @Nullable Long binarySize;
  private @Nullable String id;
  private @Nullable Long deadlineMillis;
  private @Nullable String head;
  private boolean allBinary;
  private final List<RequestedOutput> outputs = new ArrayList<>();
  private final Map<String, Boolean> binary = new HashMap<>();

  JsonCallReader(byte[] body, int jsonLength, InputTensor tensor, InputTensor.Allowance allowance)
      throws ProtocolException {
    this.body = body;
    this.jsonLength = jsonLength;
    this.tensor = tensor;
    this.allowance = allowance;
    this.json = new JsonMembers(body, jsonLength);
    this.parser = json.parser();
  }

  JsonCall read(ModelSpec spec) throws ProtocolException {
    try (parser) {
      readRoot();
    } catch (JacksonException e) {
      throw ProtocolException.invalid(
          "The body is not JSON: %s. Where tensors follow it, Inference-Header-Content-Length tells "
                  .formatted(ProtocolException.clipped(e.getOriginalMessage()))
              + "its length.");
    }
    if (!hasInput) {
      throw oneInput();
    }
    readBinary();
    return new JsonCall(
        spec, id, deadlineMillis, head, tensor.finish(), outputs, binary, allBinary);
  }

  private void readRoot() throws ProtocolException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw ProtocolException.invalid("The body must be a JSON object with inputs.");
    }
    if (parser.currentTokenLocation().getByteOffset() < 0) { // read as characters
      throw ProtocolException.invalid("The body is not JSON in UTF-8.");
    }
    Set<String> seen = new HashSet<>();
    for (String name = json.member(); name != null; name = json.member()) {
      switch (name) {
        case "id" -> id = JsonMembers.once(seen, name) ? json.textOrNull("id") : null;
        case "parameters" -> {
          var _ = JsonMembers.once(seen, name);
          json.readParameters(this::readRequestParameter);
        }
        case "inputs" -> {
          var _ = JsonMembers.once(seen, name);
          readInputs();
        }
        case "outputs" -> {
          var _ = JsonMembers.once(seen, name);
          readOutputs();
        }
        default -> json.skip();
      }
    }
    if (parser.nextToken() != null) {
      throw ProtocolException.invalid(
          "The body goes on after its JSON object. Where tensors follow it, "
              + "Inference-Header-Content-Length tells its length.");
    }
  }

  private void readRequestParameter(String name) throws ProtocolException {
    switch (name) {
      case "deadline_ms" -> deadlineMillis = json.wholeOrNull(name);
      case "head" -> head = json.textOrNull("parameter head");
      case "binary_data_output" -> allBinary = Boolean.TRUE.equals(json.truthOrNull(name));
      default -> json.skip();
    }
  }

  private void readInputs() throws ProtocolException {
    if (parser.currentToken() != JsonToken.START_ARRAY
        || parser.nextToken() != JsonToken.START_OBJECT) {
      throw oneInput();
    }
    hasInput = true;
    readInput();
    if (parser.nextToken() != JsonToken.END_ARRAY) {
      throw oneInput();
    }
  }

  private void readInput() throws ProtocolException {
    Set<String> seen = new HashSet<>();
    for (String name = json.member(); name != null; name = json.member()) {
      switch (name) {
        case "name" -> {
          var _ = JsonMembers.once(seen, name);
          tensor.name(json.text("name"));
        }
        case "datatype" -> {
          var _ = JsonMembers.once(seen, name);
          tensor.datatype(json.text("datatype"));
        }
        case "shape" -> {
          var _ = JsonMembers.once(seen, name);
          readShape();
        }
        case "parameters" -> {
          var _ = JsonMembers.once(seen, name);
          json.readParameters(this::readInputParameter);
        }
        case "data" -> {
          var _ = JsonMembers.once(seen, name);
          readData();
        }
        default -> json.skip();
      }
    }
  }

  private void readInputParameter(String name) throws ProtocolException {
    requireSupported(name);
    if (name.equals("binary_data_size")) {
      binarySize = json.wholeOrNull(name);
    } else {
      json.skip();
    }
  }

  private void readShape() throws ProtocolException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw ProtocolException.invalid("shape must be an array of whole numbers.");
    }
    tensor.shape().begin();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      Long size = json.wholeOrNull("Each size of a shape");
      if (size == null) {
        throw ProtocolException.invalid("shape must be an array of whole numbers.");
      }
      tensor.shape().size(size);
    }
  }

  /** Data may be nested as the shape is, or flat. */
  private void readData() throws ProtocolException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw noData();
    }
    hasData = true;
    tensor.elements();
    int depth = 1;
    while (depth > 0) {
      JsonToken token = parser.nextToken();
      switch (token) {
        case START_ARRAY -> depth++; // the parser limits it
        case END_ARRAY -> depth--;
        case VALUE_NUMBER_FLOAT, VALUE_NUMBER_INT -> tensor.number(parser.getFloatValue());
        case VALUE_STRING -> readImage();
        case null, default ->
            throw ProtocolException.invalid(
                "The elements of image must be base64, those of input numbers.");
      }
    }
  }

  private void readImage() throws ProtocolException {
    tensor.requireImage();
    int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset()) + 1;
    int end = start;
    while (end < jsonLength && body[end] != '"') {
      end++;
    }
    allowance.take(decodedSize(start, end));
    tensor.image(
        Base64Text.decode(body, start, end)
            .orElseThrow(() ->
                ProtocolException.invalid(
                    "The elements of image must be base64; JSON has no other way to carry bytes. "
                        + "The binary tensor extension needs none.")));
  }

  /** Bytes of the base64 that stands there; more than that if it has spaces. */
  private int decodedSize(int start, int end) {
    int unpadded = end;
    while (unpadded > start && unpadded > end - 2 && body[unpadded - 1] == '=') {
      unpadded--;
    }
    return Math.toIntExact((end - start) * 3L / 4) - (end - unpadded);
  }

  private void readOutputs() throws ProtocolException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw ProtocolException.invalid("outputs must be an array of objects.");
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw ProtocolException.invalid("outputs must be an array of objects.");
      }
      readOutput();
    }
  }

  private void readOutput() throws ProtocolException {
    Set<String> seen = new HashSet<>();
    var wanted = new OutputParameters();
    String output = null;
    for (String name = json.member(); name != null; name = json.member()) {
      switch (name) {
        case "name" -> {
          var _ = JsonMembers.once(seen, name);
          output = json.text("name");
        }
        case "parameters" -> {
          var _ = JsonMembers.once(seen, name);
          json.readParameters(wanted::read);
        }
        default -> json.skip();
      }
    }
    if (output == null) {
      throw ProtocolException.invalid("A tensor has no name, which must be text.");
    }
    RequestedOutput.add(outputs, output, wanted.classes);
    if (wanted.binary != null) {
      binary.put(output, wanted.binary);
    }
  }

  private final class OutputParameters {

    private @Nullable Long classes;
    private @Nullable Boolean binary;

    void read(String name) throws ProtocolException {
      requireSupported(name);
      switch (name) {
        case "classification" -> classes = json.wholeOrNull(name);
        case "binary_data" -> binary = json.truthOrNull(name);
        default -> json.skip();
      }
    }
  }

  /** The bytes behind the JSON. */
  private void readBinary() throws ProtocolException {
    int follow = body.length - jsonLength;
    if (binarySize == null) {
      if (!hasData) {
        throw noData();
      }
      if (follow > 0) {
        throw ProtocolException.invalid("%d bytes follow the last tensor.".formatted(follow));
      }
      return;
    }
    if (hasData) {
      throw ProtocolException.invalid("The input has data and binary_data_size: send one of them.");
    }
    if (binarySize < 0 || binarySize > follow) {
      throw ProtocolException.invalid(
          "binary_data_size is %d, but %d bytes follow the JSON.".formatted(binarySize, follow));
    }
    if (binarySize < follow) {
      throw ProtocolException.invalid(
          "%d bytes follow the last tensor.".formatted(follow - binarySize));
    }
    tensor.raw(ByteBuffer.wrap(body, jsonLength, follow));
  }

  static void requireSupported(String parameter) throws ProtocolException {
    if (parameter.startsWith("shared_memory_")) {
      throw ProtocolException.invalid(
          "%s is not supported: send and receive tensors in the request and the answer."
              .formatted(ProtocolException.clipped(parameter)));
    }
  }

  private static ProtocolException oneInput() {
    return ProtocolException.invalid(
        "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8).");
  }

  private static ProtocolException noData() {
    return ProtocolException.invalid(
        "The input has no data: send an array, or binary_data_size and the bytes after the JSON.");
  }
}
