package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.UnsafeByteOperations;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.github.resnetserving.openinference.wire.InferTensorContents;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferInputTensor;
import io.github.resnetserving.openinference.wire.ModelInferResponse;
import io.github.resnetserving.openinference.wire.ModelMetadataRequest;
import io.github.resnetserving.openinference.wire.ModelReadyRequest;
import io.github.resnetserving.openinference.wire.ServerReadyRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.annotation.DirtiesContext.MethodMode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Open Inference Protocol on ports of its own, in front of a network that says the same. */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.max-images=3",
      "resnet.engine.workers=1"
    })
@Timeout(60)
class OpenInferenceTest {

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  @LocalServerPort private int port;
  @Autowired private GrpcServerLifecycle grpc;
  @Autowired private GatedModel.Gate gate;
  @Autowired private MeterRegistry meters;
  private ManagedChannel channel;

  @BeforeEach
  void connect() {
    channel = ManagedChannelBuilder.forAddress("localhost", grpc.getPort()).usePlaintext().build();
  }

  @AfterEach
  void disconnect() {
    gate.open();
    channel.shutdownNow();
  }

  @Test
  void theServerAndItsModelsSayWhatTheyAreOverRest() throws Exception {
    assertThat(get("/v2").get("name").stringValue()).isEqualTo("resnet-serving");
    assertThat(get("/v2/health/live").toString()).isEqualTo("{\"live\":true}");
    assertThat(get("/v2/health/ready").toString()).isEqualTo("{\"ready\":true}");
    assertThat(get("/v2/models/net/versions/1/ready").toString())
        .isEqualTo("{\"name\":\"net\",\"ready\":true}");
    JsonNode metadata = get("/v2/models/net");
    assertThat(metadata.at("/versions/0").stringValue()).isEqualTo("1");
    assertThat(metadata.at("/inputs/1/shape").toString()).isEqualTo("[-1,3,32,32]");
    assertThat(metadata.at("/outputs/0").toString())
        .isEqualTo("{\"name\":\"logits\",\"datatype\":\"FP32\",\"shape\":[-1,10]}");
  }

  @Test
  void theConfigurationNamesBothInputsAsOptionalWithoutTheNumberOfImages() throws Exception {
    JsonNode config = get("/v2/models/net/config");

    assertThat(config.get("max_batch_size").intValue()).isEqualTo(3);
    assertThat(config.at("/input/1").toString())
        .isEqualTo(
            "{\"name\":\"input\",\"data_type\":\"TYPE_FP32\",\"format\":\"FORMAT_NCHW\","
                + "\"dims\":[3,32,32],\"optional\":true}");
    assertThat(config.at("/output/0").toString())
        .isEqualTo("{\"name\":\"logits\",\"data_type\":\"TYPE_FP32\",\"dims\":[10]}");
  }

  @Test
  void aViewHasOneInputAndOneOutput() throws Exception {
    JsonNode metadata = get("/v2/models/net.tensor");
    assertThat(metadata.at("/inputs")).hasSize(1);
    assertThat(metadata.at("/inputs/0/name").stringValue()).isEqualTo("input");
    assertThat(metadata.at("/outputs")).hasSize(1);
    JsonNode config = get("/v2/models/net.image/versions/1/config");
    assertThat(config.at("/name").stringValue()).isEqualTo("net.image");
    assertThat(config.at("/input/0/optional").booleanValue()).isFalse();
    assertThat(get("/v2/models/net.image/ready").toString())
        .isEqualTo("{\"name\":\"net.image\",\"ready\":true}");
    assertThat(get("/v2/models/none.image").at("/error").stringValue())
        .startsWith("There is no model none.image.");
  }

  @Test
  void statisticsCountWhatWasAskedOfAModel() throws Exception {
    long before = get("/v2/models/net/stats").at("/model_stats/0/inference_count").longValue();
    String image = Base64.getEncoder().encodeToString(ServingTest.jpeg());
    post(
        "/v2/models/net.image/infer",
        "{\"inputs\": [{\"name\": \"image\", \"datatype\": \"BYTES\", \"shape\": [1], \"data\": [\"%s\"]}]}"
            .formatted(image));

    JsonNode after = get("/v2/models/stats").at("/model_stats/0");
    assertThat(after.get("inference_count").longValue()).isEqualTo(before + 1);
    assertThat(after.at("/inference_stats/success/ns").longValue()).isPositive();
    assertThat(after.at("/inference_stats/compute_input/count"))
        .isEqualTo(after.at("/inference_stats/compute_infer/count"))
        .isEqualTo(after.at("/inference_stats/compute_output/count"));
    assertThat(get("/v2/models/net.image/stats").at("/model_stats/0/name").stringValue())
        .isEqualTo("net.image");
  }

  @Test
  void theIndexNamesEachVersionAndItsState() throws Exception {
    assertThat(post("/v2/repository/index", "{}").body())
        .isEqualTo("[{\"name\":\"net\",\"version\":\"1\",\"state\":\"READY\"}]");
  }

  @Test
  void anImageInJsonGivesAllOutputs() throws Exception {
    String image = Base64.getEncoder().encodeToString(ServingTest.jpeg());

    JsonNode answer =
        json.readTree(
            post(
                    "/v2/models/net/infer",
                    """
                    {"id": "7", "inputs": [{"name": "image", "datatype": "BYTES", "shape": [1, 1],
                     "data": ["%s"]}]}\
                    """
                        .formatted(image))
                .body());

    assertThat(answer.get("id").stringValue()).isEqualTo("7");
    assertThat(answer.get("model_name").stringValue()).isEqualTo("net");
    assertThat(answer.at("/outputs")).hasSize(3);
    assertThat(answer.at("/outputs/1/data/7").floatValue()).isEqualTo(0.25f);
    assertThat(answer.at("/outputs/2/data").toString()).isEqualTo("[3.0,4.0]");
  }

  @Test
  void binaryTensorsGoInAndComeOutBehindTheJson() throws Exception {
    byte[] head =
        """
        {"parameters": {"binary_data_output": true}, "outputs": [{"name": "features"}],
         "inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 3, 32, 32],
         "parameters": {"binary_data_size": 12288}}]}\
        """
            .getBytes(StandardCharsets.UTF_8);
    HttpResponse<byte[]> answer =
        client.send(
            HttpRequest.newBuilder(uri("/v2/models/net/infer"))
                .header("Inference-Header-Content-Length", Integer.toString(head.length))
                .POST(BodyPublishers.ofByteArrays(List.of(head, new byte[12288])))
                .build(),
            BodyHandlers.ofByteArray());

    int length =
        Integer.parseInt(
            answer.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
    JsonNode said = json.readTree(answer.body(), 0, length);
    assertThat(said.at("/outputs/0/parameters/binary_data_size").intValue()).isEqualTo(8);
    ByteBuffer raw =
        ByteBuffer.wrap(answer.body(), length, 8).slice().order(ByteOrder.LITTLE_ENDIAN);
    assertThat(new float[] {raw.getFloat(), raw.getFloat()}).containsExactly(3, 4);
  }

  @Test
  void whatIsWrongIsSaidInTheProtocolsWay() throws Exception {
    assertError(404, "There is no model none. There are: net.", "/v2/models/none/infer", image());
    assertError(400, "inputs must have one element", "/v2/models/net/infer", "{}");
    assertError(400, "The body is not JSON", "/v2/models/net/infer", "what?");
    assertError(
        400,
        "There is no output odd",
        "/v2/models/net/infer",
        image().replace("{\"inputs\"", "{\"outputs\": [{\"name\": \"odd\"}], \"inputs\""));
    assertError(
        415, "", "/v2/models/net/infer", image().replaceAll("\\[\"[^\"]+\"]", "[\"QUJD\"]"));
    assertError(404, "There is nothing at this path", "/v2/odd", "{}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"inputs\"|{\"id\": 42, \"inputs\"|id must be text.",
        "{\"inputs\"|{\"parameters\": [1], \"inputs\"|parameters must be an object.",
        "{\"inputs\"|{\"id\": \"\\ud800\", \"inputs\"|id has half a surrogate pair, which is no"
            + " character.",
        "{\"inputs\"|{\"outputs\": [{\"name\": \"logits\", \"parameters\":"
            + " {\"shared_memory_region\": \"r\"}}], \"inputs\"|shared_memory_region is not"
            + " supported",
        "\"shape\": [1]|\"shape\": [1, 3, 32, 32, 1, 1]|The shape has more than 4 sizes",
        "\"BYTES\"|\"FP32\"|The datatype of image is FP32: it must be BYTES.",
        "\"datatype\"|\"data\": [1e400], \"datatype\"|The elements of image must be bytes",
        "\"name\": \"image\"|\"data\": [1e400]|Element 0 of input is Infinity: it must be a finite"
            + " number."
      })
  void whatIsWrongWithATensorIsTheClientsFault(String from, String to, String message)
      throws Exception {
    assertError(400, message, "/v2/models/net/infer", image().replace(from, to));
    assertError(404, "There is no model none", "/v2/models/none/infer", image().replace(from, to));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":", "{\"data\":[", "[[[{\"a\":[", "{\"x\":[[[["})
  void nestingEndsSomewhere(String beginning) throws Exception {
    assertError(400, "The body ", "/v2/models/net/infer", beginning.repeat(10_000));
  }

  @Test
  void anInputOfAnotherSizeIsRefused() {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> stub().modelInfer(numbers(16)))
        .withMessage("INVALID_ARGUMENT: The input is 16 x 16: net takes 32 x 32.");
  }

  @Test
  void grpcAnswersTheSame() {
    assertThat(stub().serverReady(ServerReadyRequest.getDefaultInstance()).getReady()).isTrue();
    assertThat(stub().modelReady(ModelReadyRequest.newBuilder().setName("net").build()).getReady())
        .isTrue();
    assertThat(
            stub()
                .modelMetadata(ModelMetadataRequest.newBuilder().setName("net").build())
                .getInputs(1)
                .getShapeList())
        .containsExactly(-1L, 3L, 32L, 32L);

    ModelInferResponse answer = stub().modelInfer(numbers(32));

    assertThat(answer.getOutputs(1).getShapeList()).containsExactly(1L, 10L);
    assertThat(
            answer
                .getRawOutputContents(1)
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getFloat(7 * Float.BYTES))
        .isEqualTo(0.25f);
  }

  @Test
  void theHealthServiceFollowsReadiness() {
    var health = HealthGrpc.newBlockingStub(channel);
    for (String service : List.of("", "inference.GRPCInferenceService")) {
      var asked = HealthCheckRequest.newBuilder().setService(service).build();
      await().until(() -> health.check(asked).getStatus() == ServingStatus.SERVING);
    }
  }

  @Test
  void aModelThatIsNotThereIsNotFound() {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> stub().modelInfer(numbers(32).toBuilder().setModelName("none").build()))
        .satisfies(e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  void aMessageMayBeAsLargeAsABody() {
    assertThat(codeOf(imageOf(8 << 20))).isEqualTo(Status.Code.INVALID_ARGUMENT); // no image
    assertThat(codeOf(imageOf(21 << 20))).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void aCancelledCallLeavesTheQueueAtOnceAndNeverReachesTheNetwork() throws Exception {
    gate.close();
    int before = gate.images();
    var stub = GRPCInferenceServiceGrpc.newFutureStub(channel);
    var running = stub.modelInfer(numbers(32));
    gate.awaitBatch();
    var queued = stub.modelInfer(numbers(32));
    await().until(() -> queueLength() == 1);

    queued.cancel(true);

    await().until(() -> queueLength() == 0); // while the network is still held
    assertThat(running).isNotDone();
    gate.open();
    assertThat(running.get().getModelName()).isEqualTo("net");
    assertThat(stub().modelInfer(numbers(32)).getModelName()).isEqualTo("net");
    assertThat(gate.images() - before).isEqualTo(2);
  }

  // A new server: what other tests' batches waited at the gate counts as measured service time, and
  // would have this call refused on arrival.
  @DirtiesContext(methodMode = MethodMode.BEFORE_METHOD)
  @Test
  void theCallsDeadlineIsTheRequests() throws Exception {
    gate.close();
    var running = GRPCInferenceServiceGrpc.newFutureStub(channel).modelInfer(numbers(32));
    gate.awaitBatch();

    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(
            () -> stub().withDeadlineAfter(200, TimeUnit.MILLISECONDS).modelInfer(numbers(32)))
        .satisfies(
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    await().until(() -> queueLength() == 0);
    gate.open();
    assertThat(running.get().getModelName()).isEqualTo("net");
  }

  private static ModelInferRequest imageOf(int bytes) {
    return ModelInferRequest.newBuilder()
        .setModelName("net")
        .addInputs(
            InferInputTensor.newBuilder()
                .setName("image")
                .setDatatype("BYTES")
                .addShape(1)
                .setContents(
                    InferTensorContents.newBuilder()
                        .addBytesContents(UnsafeByteOperations.unsafeWrap(new byte[bytes]))))
        .build();
  }

  private Status.Code codeOf(ModelInferRequest request) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> stub().modelInfer(request))
        .getStatus()
        .getCode();
  }

  private double queueLength() {
    return meters.get("resnet.queue.length").gauge().value();
  }

  private GRPCInferenceServiceBlockingStub stub() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel);
  }

  static ModelInferRequest numbers(int side) {
    return ModelInferRequest.newBuilder()
        .setModelName("net")
        .addInputs(
            InferInputTensor.newBuilder()
                .setName("input")
                .setDatatype("FP32")
                .addAllShape(List.of(1L, 3L, (long) side, (long) side))
                .setContents(
                    InferTensorContents.newBuilder()
                        .addAllFp32Contents(Collections.nCopies(3 * side * side, 0f))))
        .build();
  }

  private static String image() {
    return "{\"inputs\": [{\"name\": \"image\", \"datatype\": \"BYTES\", \"shape\": [1], \"data\": [\"%s\"]}]}"
        .formatted(Base64.getEncoder().encodeToString(ServingTest.jpeg()));
  }

  private void assertError(int status, String message, String path, String body) throws Exception {
    HttpResponse<String> answer = post(path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode error = json.readTree(answer.body());
    assertThat(error.propertyNames()).containsExactly("error");
    assertThat(error.get("error").stringValue()).startsWith(message);
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body)).build(),
        BodyHandlers.ofString());
  }

  private JsonNode get(String path) throws Exception {
    return json.readTree(
        client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString()).body());
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }
}
