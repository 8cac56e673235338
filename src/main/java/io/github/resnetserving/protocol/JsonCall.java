package io.github.resnetserving.protocol;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.protocol.InferenceCall.RequestedOutput;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A body of REST's infer: JSON, and after it the tensors that it announces as binary. Used by the
 * request's thread.
 */
final class JsonCall {

  private final JsonNode root;
  private final ByteBuffer binary;

  private JsonCall(JsonNode root, ByteBuffer binary) {
    this.root = root;
    this.binary = binary;
  }

  /**
   * @param jsonLength bytes of JSON at the body's beginning
   */
  static JsonCall parse(JsonMapper mapper, byte[] body, int jsonLength) throws ProtocolException {
    if (jsonLength < 0 || jsonLength > body.length) {
      throw ProtocolException.invalid(
          "Inference-Header-Content-Length is %d, the body has %d bytes."
              .formatted(jsonLength, body.length));
    }
    JsonNode root;
    try {
      root = mapper.readTree(body, 0, jsonLength);
    } catch (JacksonException e) {
      throw ProtocolException.invalid(
          "The body is not JSON: %s. Where tensors follow it, Inference-Header-Content-Length tells "
                  .formatted(e.getOriginalMessage())
              + "its length.");
    }
    if (!root.isObject()) {
      throw ProtocolException.invalid("The body must be a JSON object with inputs.");
    }
    return new JsonCall(root, ByteBuffer.wrap(body, jsonLength, body.length - jsonLength));
  }

  /** The request's id, or null. */
  @Nullable String id() {
    JsonNode id = root.get("id");
    return id == null || !id.isString() ? null : id.stringValue();
  }

  InferenceCall call(
      InferenceCalls calls, String model, @Nullable String version, long arrivalNanos)
      throws ProtocolException {
    Deadline deadline =
        calls.deadline(arrivalNanos, number(root.path("parameters"), "deadline_ms"));
    InferenceCall.Input input = input(calls.settings().maxImages());
    return new InferenceCall(model, version, input, outputs(), deadline);
  }

  /** The names of the outputs that are wanted as binary; null for all. */
  boolean isBinary(String output) throws ProtocolException {
    for (JsonNode wanted : root.path("outputs")) {
      if (output.equals(text(wanted, "name"))) {
        JsonNode own = wanted.path("parameters").get("binary_data");
        if (own != null) {
          return own.asBoolean(false);
        }
      }
    }
    return root.path("parameters").path("binary_data_output").asBoolean(false);
  }

  private InferenceCall.Input input(int maxImages) throws ProtocolException {
    JsonNode inputs = root.path("inputs");
    if (!inputs.isArray() || inputs.size() != 1) {
      throw ProtocolException.invalid(
          "inputs must have one element: image (BYTES) or input (FP32).");
    }
    JsonNode tensor = inputs.get(0);
    String name = text(tensor, "name");
    Inputs.requireKnown(name, text(tensor, "datatype"));
    List<Long> shape = shape(tensor.path("shape"));
    Long size = number(tensor.path("parameters"), "binary_data_size");
    InferenceCall.Input input;
    if (name.equals(Inputs.IMAGE)) {
      List<byte[]> images =
          size == null ? base64(tensor.get("data")) : RawTensors.split(next(size));
      input = Inputs.images(shape, images, maxImages);
    } else {
      float[] numbers = size == null ? floats(tensor.get("data")) : RawTensors.floats(next(size));
      input = Inputs.numbers(shape, numbers, maxImages);
    }
    if (binary.hasRemaining()) {
      throw ProtocolException.invalid(
          "%d bytes follow the last tensor.".formatted(binary.remaining()));
    }
    return input;
  }

  private ByteBuffer next(long size) throws ProtocolException {
    if (size < 0 || size > binary.remaining()) {
      throw ProtocolException.invalid(
          "binary_data_size is %d, but %d bytes follow the JSON."
              .formatted(size, binary.remaining()));
    }
    ByteBuffer part = binary.slice(binary.position(), (int) size);
    binary.position(binary.position() + (int) size);
    return part;
  }

  private List<RequestedOutput> outputs() throws ProtocolException {
    List<RequestedOutput> outputs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode wanted : root.path("outputs")) {
      String name = text(wanted, "name");
      if (!names.add(name)) {
        throw ProtocolException.invalid("The output %s is asked for twice.".formatted(name));
      }
      outputs.add(
          new RequestedOutput(name, classes(number(wanted.path("parameters"), "classification"))));
    }
    return outputs;
  }

  /** How many classes an output's parameter asks for; without it none. */
  static int classes(@Nullable Long given) throws ProtocolException {
    if (given == null) {
      return 0;
    }
    if (given < 1 || given > Integer.MAX_VALUE) {
      throw ProtocolException.invalid(
          "classification is %d: it must be positive.".formatted(given));
    }
    return given.intValue();
  }

  private static List<byte[]> base64(@Nullable JsonNode data) throws ProtocolException {
    List<byte[]> images = new ArrayList<>();
    for (JsonNode element : flat(data)) {
      try {
        if (!element.isString()) {
          throw new IllegalArgumentException("no text");
        }
        images.add(Base64.getDecoder().decode(element.stringValue()));
      } catch (IllegalArgumentException e) {
        throw ProtocolException.invalid(
            "The elements of image must be base64; JSON has no other way to carry bytes. The binary "
                + "tensor extension needs none.");
      }
    }
    return images;
  }

  private static float[] floats(@Nullable JsonNode data) throws ProtocolException {
    List<JsonNode> elements = flat(data);
    float[] numbers = new float[elements.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!elements.get(i).isNumber()) {
        throw ProtocolException.invalid("The elements of input must be numbers.");
      }
      numbers[i] = elements.get(i).floatValue();
    }
    return numbers;
  }

  /** Data may be nested as the shape is, or flat. */
  private static List<JsonNode> flat(@Nullable JsonNode data) throws ProtocolException {
    if (data == null || !data.isArray()) {
      throw ProtocolException.invalid(
          "The input has no data: send an array, or binary_data_size and the bytes after the JSON.");
    }
    List<JsonNode> elements = new ArrayList<>();
    collect(data, elements);
    return elements;
  }

  private static void collect(JsonNode array, List<JsonNode> into) {
    for (JsonNode element : array) {
      if (element.isArray()) {
        collect(element, into); // no deeper than the parser allows
      } else {
        into.add(element);
      }
    }
  }

  private static List<Long> shape(JsonNode shape) throws ProtocolException {
    List<Long> sizes = new ArrayList<>();
    for (JsonNode size : shape) {
      if (!size.isIntegralNumber() || !size.canConvertToLong()) {
        throw ProtocolException.invalid("shape must be an array of whole numbers.");
      }
      sizes.add(size.longValue());
    }
    return sizes;
  }

  private static String text(JsonNode object, String field) throws ProtocolException {
    JsonNode value = object.get(field);
    if (value == null || !value.isString()) {
      throw ProtocolException.invalid("A tensor has no %s, which must be text.".formatted(field));
    }
    return value.stringValue();
  }

  private static @Nullable Long number(JsonNode object, String field) throws ProtocolException {
    JsonNode value = object.get(field);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw ProtocolException.invalid("%s must be a whole number.".formatted(field));
    }
    return value.longValue();
  }
}
