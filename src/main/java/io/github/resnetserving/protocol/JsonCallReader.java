package io.github.resnetserving.protocol;

import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.protocol.InferenceCall.RequestedOutput;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variant;
import tools.jackson.core.Base64Variants;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * Reads the body of one request token by token, so that what is refused or not known is never held:
 * the time is linear in the body's size, and the memory is the input's. Used by one thread.
 */
final class JsonCallReader {

  /** Members of all objects together: a request has a dozen, and the parser keeps their names. */
  private static final int MOST_MEMBERS = 1_000;

  private static final int LONGEST_TEXT = 1_024;

  /** NaN and Infinity are no JSON, but Python writes them: they are read so as to be named. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxStringLength(LONGEST_TEXT)
                  .maxNameLength(LONGEST_TEXT)
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private static final Base64Variant BASE64 =
      Base64Variants.MIME_NO_LINEFEEDS.withReadPadding(
          Base64Variant.PaddingReadBehaviour.PADDING_ALLOWED);

  private final byte[] body;
  private final int jsonLength;
  private final InputTensor tensor;
  private final InputTensor.Allowance allowance;
  private final JsonParser parser;
  private int members;
  private boolean hasInput;
  private boolean hasData;
  private @Nullable Long binarySize;
  private @Nullable String id;
  private @Nullable Long deadlineMillis;
  private boolean allBinary;
  private final List<RequestedOutput> outputs = new ArrayList<>();
  private final Map<String, Boolean> binary = new HashMap<>();

  JsonCallReader(byte[] body, int jsonLength, InputTensor tensor, InputTensor.Allowance allowance) {
    this.body = body;
    this.jsonLength = jsonLength;
    this.tensor = tensor;
    this.allowance = allowance;
    this.parser = JSON.createParser(ObjectReadContext.empty(), body, 0, jsonLength);
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
    return new JsonCall(spec, id, deadlineMillis, tensor.finish(), outputs, binary, allBinary);
  }

  private void readRoot() throws ProtocolException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw ProtocolException.invalid("The body must be a JSON object with inputs.");
    }
    if (parser.currentTokenLocation().getByteOffset() < 0) { // read as characters
      throw ProtocolException.invalid("The body is not JSON in UTF-8.");
    }
    Set<String> seen = new HashSet<>();
    for (String name = member(); name != null; name = member()) {
      switch (name) {
        case "id" -> id = once(seen, name) ? textOrNull("id") : null;
        case "parameters" -> {
          var _ = once(seen, name);
          readParameters(this::readRequestParameter);
        }
        case "inputs" -> {
          var _ = once(seen, name);
          readInputs();
        }
        case "outputs" -> {
          var _ = once(seen, name);
          readOutputs();
        }
        default -> skip();
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
      case "deadline_ms" -> deadlineMillis = wholeOrNull(name);
      case "binary_data_output" -> allBinary = Boolean.TRUE.equals(truthOrNull(name));
      default -> skip();
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
    for (String name = member(); name != null; name = member()) {
      switch (name) {
        case "name" -> {
          var _ = once(seen, name);
          tensor.name(text("name"));
        }
        case "datatype" -> {
          var _ = once(seen, name);
          tensor.datatype(text("datatype"));
        }
        case "shape" -> {
          var _ = once(seen, name);
          readShape();
        }
        case "parameters" -> {
          var _ = once(seen, name);
          readParameters(this::readInputParameter);
        }
        case "data" -> {
          var _ = once(seen, name);
          readData();
        }
        default -> skip();
      }
    }
  }

  private void readInputParameter(String name) throws ProtocolException {
    requireSupported(name);
    if (name.equals("binary_data_size")) {
      binarySize = wholeOrNull(name);
    } else {
      skip();
    }
  }

  private void readShape() throws ProtocolException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw ProtocolException.invalid("shape must be an array of whole numbers.");
    }
    tensor.shape();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      Long size = wholeOrNull("Each size of a shape");
      if (size == null) {
        throw ProtocolException.invalid("shape must be an array of whole numbers.");
      }
      tensor.size(size);
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
    int size = decodedSize();
    allowance.take(size);
    SizedOutput decoded = new SizedOutput(size);
    try {
      parser.readBinaryValue(BASE64, decoded);
    } catch (JacksonException e) {
      throw ProtocolException.invalid(
          "The elements of image must be base64; JSON has no other way to carry bytes. The binary "
              + "tensor extension needs none.");
    }
    tensor.image(decoded.bytes());
  }

  /** Bytes of the base64 that begins where the parser is; more than that if it has spaces. */
  private int decodedSize() {
    int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset()) + 1;
    int end = start;
    while (end < jsonLength && body[end] != '"') {
      end++;
    }
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
    for (String name = member(); name != null; name = member()) {
      switch (name) {
        case "name" -> {
          var _ = once(seen, name);
          output = text("name");
        }
        case "parameters" -> {
          var _ = once(seen, name);
          readParameters(wanted::read);
        }
        default -> skip();
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
        case "classification" -> classes = wholeOrNull(name);
        case "binary_data" -> binary = truthOrNull(name);
        default -> skip();
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

  @FunctionalInterface
  private interface ParameterReader {

    /** Reads the value of the parameter with this name. */
    void read(String name) throws ProtocolException;
  }

  private void readParameters(ParameterReader reader) throws ProtocolException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw ProtocolException.invalid("parameters must be an object.");
    }
    for (String name = member(); name != null; name = member()) {
      reader.read(name);
    }
  }

  static void requireSupported(String parameter) throws ProtocolException {
    if (parameter.startsWith("shared_memory_")) {
      throw ProtocolException.invalid(
          "%s is not supported: send and receive tensors in the request and the answer."
              .formatted(ProtocolException.clipped(parameter)));
    }
  }

  /** The name of the object's next member, whose value the parser is then at; null at its end. */
  private @Nullable String member() throws ProtocolException {
    if (parser.nextToken() != JsonToken.PROPERTY_NAME) {
      return null; // the end of the object: the parser lets nothing else come
    }
    countMember();
    String name = parser.currentName();
    var _ = parser.nextToken();
    return name;
  }

  private void countMember() throws ProtocolException {
    if (++members > MOST_MEMBERS) {
      throw ProtocolException.invalid(
          "The body's objects have more than %d members.".formatted(MOST_MEMBERS));
    }
  }

  /** Passes over the value that the parser is at. */
  private void skip() throws ProtocolException {
    int depth = 0;
    JsonToken token = parser.currentToken();
    while (true) {
      if (token == null) {
        return; // the parser has said that the JSON is cut off
      }
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.PROPERTY_NAME) {
        countMember();
      }
      if (depth == 0) {
        return;
      }
      token = parser.nextToken();
    }
  }

  private static boolean once(Set<String> seen, String name) throws ProtocolException {
    if (!seen.add(name)) {
      throw ProtocolException.invalid("%s is given twice in an object.".formatted(name));
    }
    return true;
  }

  private @Nullable String textOrNull(String what) throws ProtocolException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? null : text(what);
  }

  private String text(String what) throws ProtocolException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw ProtocolException.invalid(
          what.equals("id")
              ? "id must be text."
              : "A tensor has no %s, which must be text.".formatted(what));
    }
    String text = parser.getString();
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw ProtocolException.invalid(
          "%s has half a surrogate pair, which is no character.".formatted(what));
    }
    return text;
  }

  private @Nullable Long wholeOrNull(String what) throws ProtocolException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_NULL) {
      return null;
    }
    if (token == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    throw ProtocolException.invalid("%s must be a whole number.".formatted(what));
  }

  private @Nullable Boolean truthOrNull(String what) throws ProtocolException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw ProtocolException.invalid("%s must be true or false.".formatted(what));
    };
  }

  private static ProtocolException oneInput() {
    return ProtocolException.invalid(
        "inputs must have one element: image (BYTES) or input (FP32).");
  }

  private static ProtocolException noData() {
    return ProtocolException.invalid(
        "The input has no data: send an array, or binary_data_size and the bytes after the JSON.");
  }
}
