package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.github.resnetserving.RawHttp2.Ended;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import io.github.resnetserving.openinference.wire.ModelReadyRequest;
import io.github.resnetserving.openinference.wire.ModelStreamInferResponse;
import io.github.resnetserving.rest.request.RequestLimits;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.internal.PlatformDependent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/** What clients of gRPC may take, by a client that keeps to no rule but HTTP/2's. */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.max-images=3",
      "resnet.limits.bytes-in-flight=4MB",
      "resnet.limits.body-timeout=1s",
      "resnet.grpc.max-connections=24",
      "resnet.engine.workers=1"
    })
@ExtendWith(OutputCaptureExtension.class)
@Timeout(60)
class GrpcLimitsTest {

  private static final String INFER = "inference.GRPCInferenceService/ModelInfer";
  private static final String READY = "inference.GRPCInferenceService/ModelReady";
  private static final String HEALTH = "grpc.health.v1.Health/Check";
  private static final String WATCH = "grpc.health.v1.Health/Watch";
  private static final String REFLECTION =
      "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

  /** Half of the budget. */
  private static final int MOST = 2 * 1_048_576;

  private static final String NAMES_ONLY =
      "The message is larger than 4096 bytes, which this method's messages never are.";
  private static final String BROKEN = "The message cannot be read: its bytes are broken.";
  private static final Ended SLOW =
      new Ended(4, "The message did not arrive in time. Send the request again.");

  @Autowired private GrpcServerLifecycle grpc;
  @Autowired private RequestLimits limits;
  @Autowired private MeterRegistry meters;
  private ManagedChannel channel;
  private Budget budget;

  @BeforeEach
  void connect() {
    budget = limits.bytes();
    channel = ManagedChannelBuilder.forAddress("localhost", grpc.getPort()).usePlaintext().build();
  }

  @AfterEach
  void nothingIsLeftAndNothingIsLogged(CapturedOutput output) throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    await().untilAsserted(() -> assertThat(budget.used()).isZero());
    assertThat(output.getAll()).doesNotContain("\tat ").doesNotContain(" ERROR ");
  }

  @Test
  void halfSentMessagesOfManyConnectionsLeaveRoomForOthers() throws Exception {
    long direct = PlatformDependent.usedDirectMemory();
    List<RawHttp2> hostile = new ArrayList<>();
    List<Thread> senders = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535);
        hostile.add(client);
        senders.add(Thread.ofVirtual().start(() -> sendHalves(client, 10)));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(stub().modelInfer(OpenInferenceTest.numbers(32)).getModelName())
            .isEqualTo("net");
        assertThat(budget.used()).isLessThanOrEqualTo(4 << 20);
        assertThat(PlatformDependent.usedDirectMemory() - direct).isLessThan(64 << 20);
      }
      for (Thread sender : senders) {
        sender.join();
      }
      for (RawHttp2 client : hostile) {
        for (int stream = 1; stream < 20; stream += 2) {
          assertThat(client.outcome(stream).get().code())
              .isIn(SLOW.code(), 8 /* RESOURCE_EXHAUSTED */);
        }
      }
    } finally {
      for (RawHttp2 client : hostile) {
        client.close();
      }
    }
  }

  private static void sendHalves(RawHttp2 client, int calls) {
    try {
      for (int call = 0; call < calls; call++) {
        client.send(client.call(INFER, null), RawHttp2.beginning(2 << 20, 300_000), false);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatAConnectionHoldsIsFreeOnceItIsGone() throws Exception {
    for (int i = 0; i < 5; i++) {
      try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
        sendHalves(client, 3);
        await().until(() -> budget.used() > 900_000);
      }
      await().untilAsserted(() -> assertThat(budget.used()).isZero());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "headers",
        "half a frame's header",
        "a frame's header",
        "half a message",
        "a message and no end",
        "half a name",
        "no service's message"
      })
  void aCallThatDoesNotArriveInTimeIsEnded(String what) throws Exception {
    try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
      int call = client.call(what.equals("half a name") ? READY : INFER, null);
      switch (what) {
        case "half a frame's header" -> client.send(call, new byte[3], false);
        case "a frame's header" -> client.send(call, RawHttp2.beginning(100, 0), false);
        case "half a message" -> client.send(call, RawHttp2.beginning(100_000, 50_000), false);
        case "half a name" -> client.send(call, RawHttp2.beginning(100, 50), false);
        case "a message and no end" ->
            client.send(call, RawHttp2.message(numbers(), /* compressed= */ false), false);
        default -> {}
      }

      assertThat(client.outcome(call).get()).isEqualTo(SLOW);
    }
  }

  static Stream<Arguments> refused() {
    byte[] name = ModelReadyRequest.newBuilder().setName("x".repeat(5_000)).build().toByteArray();
    byte[] health =
        HealthCheckRequest.newBuilder().setService("x".repeat(5_000)).build().toByteArray();
    byte[] unknown = new byte[4_000_000]; // of fields that a generated class would keep
    for (int i = 0; i < unknown.length; i += 2) {
      unknown[i] = 0x78;
    }
    byte[] inputs = new byte[2_000_005];
    for (int i = 5; i < inputs.length; i += 2) {
      inputs[i] = 0x2a;
    }
    System.arraycopy(new byte[] {10, 3, 'n', 'e', 't'}, 0, inputs, 0, 5);
    byte[] large = new byte[MOST + 1];
    byte[] gzip = gzip(numbers());
    byte[] wrongSum = gzip.clone();
    wrongSum[gzip.length - 5] ^= 1;
    String tooLarge =
        "The message is larger than %d bytes. Send smaller or fewer images.".formatted(MOST);
    String oneInput = "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8).";
    return Stream.of(
        Arguments.of(INFER, "gzip", gzip(large), 8, tooLarge),
        Arguments.of(INFER, "gzip", gzip(new byte[100 << 20]), 8, tooLarge),
        Arguments.of(INFER, "deflate", deflate(large), 8, tooLarge),
        Arguments.of(INFER, "gzip", new byte[0], 3, BROKEN),
        Arguments.of(INFER, "gzip", new byte[] {1, 2, 3}, 3, BROKEN),
        Arguments.of(INFER, "gzip", Arrays.copyOf(gzip, gzip.length / 2), 3, BROKEN),
        Arguments.of(INFER, "gzip", wrongSum, 3, BROKEN),
        Arguments.of(INFER, "deflate", gzip, 3, BROKEN),
        Arguments.of(INFER, "deflate", new byte[] {1, 2, 3}, 3, BROKEN),
        Arguments.of(INFER, "gzip", gzip(inputs), 3, oneInput),
        Arguments.of(INFER, null, inputs, 3, oneInput),
        Arguments.of(
            INFER,
            null,
            new byte[] {10, 9, 1},
            3,
            "The message is no ModelInferRequest: While parsing a protocol message, the input ended"
                + " unexpectedly in the middle of …"),
        Arguments.of(INFER, "br", numbers(), 12, "Can't find decompressor for br"),
        Arguments.of(READY, null, name, 8, NAMES_ONLY),
        Arguments.of(READY, "gzip", gzip(name), 8, NAMES_ONLY),
        Arguments.of(READY, "gzip", gzip(unknown), 8, NAMES_ONLY),
        Arguments.of(READY, null, Arrays.copyOf(unknown, 2_000_000), 8, NAMES_ONLY),
        Arguments.of(READY, null, new byte[] {10, 9, 1}, 3, BROKEN),
        Arguments.of(READY, null, new byte[] {10, 1, -1}, 3, BROKEN),
        Arguments.of(READY, "gzip", new byte[] {10, 9, 1}, 3, BROKEN),
        Arguments.of(HEALTH, null, health, 8, NAMES_ONLY),
        Arguments.of(HEALTH, "gzip", gzip(unknown), 8, NAMES_ONLY),
        Arguments.of(HEALTH, null, new byte[] {10, 9, 1}, 3, BROKEN),
        Arguments.of(WATCH, null, health, 8, NAMES_ONLY),
        Arguments.of(REFLECTION, null, name, 8, NAMES_ONLY),
        Arguments.of(REFLECTION, "gzip", gzip(unknown), 8, NAMES_ONLY),
        Arguments.of(REFLECTION, null, new byte[] {10, 9, 1}, 3, BROKEN));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aMessageThatIsRefusedHasItsStatus(
      String method, String encoding, byte[] message, int code, String detail) throws Exception {
    try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
      int call = client.call(method, encoding);
      client.send(call, RawHttp2.message(message, encoding != null), true);

      assertThat(client.outcome(call).get()).isEqualTo(new Ended(code, detail));
    }
  }

  /** More of them than the budget holds, and one that is none in their middle. */
  @Test
  void aStreamHoldsOneMessageAtATime() throws Exception {
    int count = 300; // of 49 kB each, four MB being all that there is
    List<ModelStreamInferResponse> answers = new CopyOnWriteArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    StreamObserver<ModelInferRequest> requests =
        GRPCInferenceServiceGrpc.newStub(channel)
            .modelStreamInfer(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ModelStreamInferResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable e) {
                    done.countDown();
                  }

                  @Override
                  public void onCompleted() {
                    done.countDown();
                  }
                });
    for (int i = 0; i < count; i++) {
      requests.onNext(
          OpenInferenceTest.numbers(i == 7 ? 16 : 32).toBuilder().setId("n" + i).build());
    }
    requests.onCompleted();
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();

    assertThat(answers)
        .extracting(answer -> answer.getInferResponse().getId())
        .isEqualTo(IntStream.range(0, count).mapToObj(i -> "n" + i).toList());
    for (int i = 0; i < count; i++) {
      assertThat(answers.get(i).getErrorMessage())
          .isEqualTo(i == 7 ? "The input is 16 x 16: net takes 32 x 32." : "");
      assertThat(answers.get(i).getInferResponse().getOutputsCount()).isEqualTo(i == 7 ? 0 : 3);
    }
  }

  @Test
  void aStreamWhoseClientVanishesGivesEverythingBack() throws Exception {
    try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
      int call = client.call("inference.GRPCInferenceService/ModelStreamInfer", null);
      client.send(call, RawHttp2.message(numbers(), /* compressed= */ false), false);
      client.send(call, Arrays.copyOf(RawHttp2.message(numbers(), false), 9_000), false);
      await().until(() -> budget.used() > 0);
    }
  }

  @Test
  void bothReflectionsKnowTheService() throws Exception {
    for (String version : List.of("v1", "v1alpha")) {
      try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
        int call =
            client.call(
                "grpc.reflection.%s.ServerReflection/ServerReflectionInfo".formatted(version),
                null);
        client.send(call, RawHttp2.message(new byte[] {58, 0}, /* compressed= */ false), true);

        assertThat(client.outcome(call).get().code()).as(version).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 10})
  void severalMessagesAreTooMany(int count) throws Exception {
    for (String method : List.of(INFER, READY)) {
      try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
        int call = client.call(method, null);
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
          messages.writeBytes(
              RawHttp2.message(
                  method.equals(INFER) ? numbers() : new byte[0], /* compressed= */ false));
        }
        client.send(call, messages.toByteArray(), true);

        assertThat(client.outcome(call).get().code()).isEqualTo(3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity", "gzip", "deflate"})
  void compressedMessagesAreAnswered(String encoding) throws Exception {
    byte[] message =
        switch (encoding) {
          case "gzip" -> gzip(numbers());
          case "deflate" -> deflate(numbers());
          default -> numbers();
        };
    try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
      int call = client.call(INFER, encoding);
      client.send(call, RawHttp2.message(message, !encoding.equals("identity")), true);

      assertThat(client.outcome(call).get()).isEqualTo(new Ended(0, ""));
    }
  }

  @Test
  void aConnectionWhoseClientTakesNoAnswerIsClosed() throws Exception {
    try (RawHttp2 client = new RawHttp2(grpc.getPort(), /* answerWindow= */ 0)) {
      int call = client.call(INFER, null);
      client.send(call, RawHttp2.message(numbers(), /* compressed= */ false), true);

      client.awaitClosed();
    }
  }

  @Test
  void thereAreNoMoreConnectionsThanAreAllowed() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    var open = meters.get("resnet.connections.open").tag("protocol", "grpc").gauge();
    var refusals =
        meters.get("resnet.connections.refused").tag("protocol", "grpc").functionCounter();
    await().until(() -> open.value() == 0);
    double before = refusals.count();
    try {
      for (int i = 0; i < 24; i++) {
        sockets.add(new Socket("localhost", grpc.getPort()));
      }
      try (Socket refused = new Socket("localhost", grpc.getPort())) {
        assertThat(readsEnd(refused)).isTrue();
      }
      assertThat(refusals.count()).isEqualTo(before + 1);
      assertThat(open.value()).isEqualTo(24);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    await()
        .ignoreException(StatusRuntimeException.class)
        .until(() -> stub().modelInfer(OpenInferenceTest.numbers(32)).getModelName().equals("net"));
  }

  private static boolean readsEnd(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true; // reset
    }
  }

  @Test
  void watchersGiveWayWhereRoomIsShort() throws Exception {
    try (RawHttp2 client = new RawHttp2(grpc.getPort(), 65_535)) {
      int watch = client.call(WATCH, null);
      client.send(watch, RawHttp2.message(new byte[0], /* compressed= */ false), true);
      await().until(() -> budget.used() > 0);
      try (Budget.Lease one = budget.open("one");
          Budget.Lease two = budget.open("two");
          Budget.Lease three = budget.open("three")) {
        assertThat(one.tryGrow(3 << 20)).isTrue();
        assertThat(two.tryGrow(budget.capacity() - budget.used())).isTrue();
        assertThat(client.outcome(watch)).isNotDone();

        assertThat(three.tryGrow(1_000)).isTrue();

        assertThat(client.outcome(watch).get().code()).isEqualTo(8);
      }
    }
  }

  private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel);
  }

  private static byte[] numbers() {
    ModelInferRequest request = OpenInferenceTest.numbers(32);
    return request.toBuilder()
        .setId("7")
        .setModelNameBytes(ByteString.copyFromUtf8("net"))
        .build()
        .toByteArray();
  }

  private interface Compressor {

    OutputStream over(OutputStream out) throws IOException;
  }

  private static byte[] gzip(byte[] bytes) {
    return compressed(bytes, GZIPOutputStream::new);
  }

  private static byte[] deflate(byte[] bytes) {
    return compressed(bytes, DeflaterOutputStream::new);
  }

  private static byte[] compressed(byte[] bytes, Compressor compressor) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream out = compressor.over(compressed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }
}
