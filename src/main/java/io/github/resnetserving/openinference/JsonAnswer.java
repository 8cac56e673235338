package io.github.resnetserving.openinference;

import io.github.resnetserving.openinference.InferenceCalls.Inferred;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A body of an answer to REST's infer: JSON, and after it the tensors that it announces as binary.
 *
 * @param body JSON, then bytes
 * @param jsonLength bytes of JSON
 */
@SuppressWarnings("ArrayRecordComponent") // copying it would be its cost
record JsonAnswer(byte[] body, int jsonLength) {

  private static final JsonFactory JSON = JsonFactory.builder().build();

  /** Writes an answer without a tree of it in between. */
  static JsonAnswer of(JsonCall call, Inferred inferred) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    List<byte[]> binary = new ArrayList<>();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), body)) {
      json.writeStartObject();
      json.writeStringProperty("model_name", inferred.model());
      json.writeStringProperty("model_version", inferred.version());
      if (call.id() != null) {
        json.writeStringProperty("id", call.id());
      }
      json.writeArrayPropertyStart("outputs");
      for (OutputTensor tensor : inferred.outputs()) {
        json.writeStartObject();
        json.writeStringProperty("name", tensor.name());
        json.writeStringProperty("datatype", tensor.datatype());
        json.writeArrayPropertyStart("shape");
        for (long size : tensor.shape()) {
          json.writeNumber(size);
        }
        json.writeEndArray();
        if (call.isBinary(tensor.name())) {
          byte[] raw = tensor.raw();
          binary.add(raw);
          json.writeObjectPropertyStart("parameters");
          json.writeNumberProperty("binary_data_size", raw.length);
          json.writeEndObject();
        } else {
          json.writeArrayPropertyStart("data");
          writeData(json, tensor);
          json.writeEndArray();
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    int jsonLength = body.size();
    binary.forEach(body::writeBytes);
    return new JsonAnswer(body.toByteArray(), jsonLength);
  }

  /** Whether no tensor follows the JSON. */
  boolean isJson() {
    return body.length == jsonLength;
  }

  private static void writeData(JsonGenerator json, OutputTensor tensor) {
    switch (tensor) {
      case OutputTensor.Numbers(_, List<float[]> rows) -> {
        for (float[] row : rows) {
          for (float number : row) {
            json.writeNumber(number);
          }
        }
      }
      case OutputTensor.Classes(_, List<List<String>> rows) ->
          rows.forEach(row -> row.forEach(json::writeString));
    }
  }
}
