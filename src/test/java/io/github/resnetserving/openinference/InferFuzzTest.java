package io.github.resnetserving.openinference;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests of the Open Inference Protocol, as JSON, with binary tensors, and as messages of gRPC.
 */
class InferFuzzTest {

  private static final Budget BODIES = new Budget(1 << 24);
  private static final int MAX_IMAGES = 8;
  private static final long MEMBER_UNITS = 1024;

  private static final String IMAGES =
      """
      {"id": "1", "parameters": {"deadline_ms": 100, "binary_data_output": true},
       "inputs": [{"name": "image", "datatype": "BYTES", "shape": [2], "data": ["AA==", "AQ=="]}],
       "outputs": [{"name": "logits", "parameters": {"classification": 3, "binary_data": false}}]}\
      """;
  private static final String NUMBERS =
      """
      {"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 3, 1, 2],
       "data": [[[[1, 2.5e-1]], [[3, 4]], [[-5, 6]]]]}]}\
      """;
  private static final String BINARY =
      """
      {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1],
       "parameters": {"binary_data_size": 6}}]}\
      """;

  static List<byte[]> documents() {
    return List.of(IMAGES.getBytes(UTF_8), NUMBERS.getBytes(UTF_8));
  }

  /** The length of the JSON in two bytes, the JSON, and the tensors. */
  static List<byte[]> bodies() {
    byte[] json = BINARY.getBytes(UTF_8);
    return List.of(
        ByteBuffer.allocate(2 + json.length + 6)
            .putShort((short) json.length)
            .put(json)
            .put(new byte[] {2, 0, 0, 0, 7, 8})
            .array());
  }

  static List<byte[]> messages() {
    var request = ModelInferRequest.newBuilder().setModelName("resnet50").setId("1");
    request.addOutputsBuilder().setName("logits").putParameters("classification", parameter(3));
    request.putParameters("deadline_ms", parameter(100));
    var image = request.clone();
    image.addInputsBuilder().setName("image").setDatatype("BYTES").addShape(1);
    image.addRawInputContents(ByteString.copyFrom(new byte[] {2, 0, 0, 0, 7, 8}));
    var input = request.clone();
    input
        .addInputsBuilder()
        .setName("input")
        .setDatatype("FP32")
        .addAllShape(List.of(1L, 3L, 1L, 1L))
        .getContentsBuilder()
        .addAllFp32Contents(List.of(1f, 2f, 3f));
    return List.of(image.build().toByteArray(), input.build().toByteArray());
  }

  private static io.github.resnetserving.openinference.wire.InferParameter parameter(long value) {
    return io.github.resnetserving.openinference.wire.InferParameter.newBuilder()
        .setInt64Param(value)
        .build();
  }

  @MethodSource("documents")
  @FuzzTest
  void json(byte[] body) {
    check(body, jsonUnits(body), () -> infer(body, body.length));
  }

  @MethodSource("bodies")
  @FuzzTest
  void binary(byte[] lengthAndBody) {
    ByteBuffer in = ByteBuffer.wrap(lengthAndBody);
    int length = in.remaining() < 2 ? 0 : in.getShort();
    byte[] body = new byte[in.remaining()];
    in.get(body);
    check(lengthAndBody, jsonUnits(body), () -> infer(body, length));
  }

  private static void infer(byte[] body, int jsonLength) throws ProtocolException {
    try (Budget.Lease lease = BODIES.open()) {
      JsonCall.parse(body, jsonLength, InputTensor.IMAGE, TestModels.TINY, MAX_IMAGES, lease);
    }
  }

  @MethodSource("messages")
  @FuzzTest
  void message(byte[] message) {
    check(
        message,
        message.length,
        () -> {
          try (Budget.Lease lease = BODIES.open()) {
            MessageReader reader = new MessageReader(message);
            reader.target();
            reader.read(TestModels.TINY, MAX_IMAGES, lease);
          }
        });
  }

  /** Each member is compared with the names that are known, which the fuzzer watches at a cost. */
  private static long jsonUnits(byte[] json) {
    long members = 0;
    for (byte each : json) {
      members += each == ':' ? 1 : 0;
    }
    return json.length + MEMBER_UNITS * members;
  }

  private static void check(byte[] input, long units, CostOracle.Work work) {
    CostOracle.MESSAGES.check(input, units, ProtocolException.class, work);
  }
}
