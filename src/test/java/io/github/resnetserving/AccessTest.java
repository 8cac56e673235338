package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.github.resnetserving.auth.AccessConfiguration.ExposedServerException;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.ModelMetadataRequest;
import io.github.resnetserving.openinference.wire.ServerLiveRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server with two keys: "ask" may infer, "rule" may administer as well. */
@SpringBootTest(
    classes = {ServingConfiguration.class, ServingTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.access.keys[0].name=ask",
      // SHA-256 of "ask-key" and of "rule-key"
      "resnet.access.keys[0].sha256=" + AccessTest.ASK,
      "resnet.access.keys[1].name=rule",
      "resnet.access.keys[1].sha256=" + AccessTest.RULE,
      "resnet.access.keys[1].rights=infer,admin",
      "resnet.cors.allowed-origins=https://app.example.com"
    })
@Timeout(60)
class AccessTest {

  static final String ASK = "57ece2b7e562e80b7b73777c3ff58e536b526a011efe3aa77b8d61d060a37f7e";
  static final String RULE = "701f10c765eda3c3d1383a6758254e4c47d545b86709134b87836dd72545a22d";

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  @LocalServerPort private int port;
  @Autowired private GrpcServerLifecycle grpc;
  @Autowired private RecordedAdministration administration;
  @Autowired private MeterRegistry meters;

  @Test
  void imagesAreClassifiedForWhoeverHasAKey() throws Exception {
    assertThat(post("/classify", "ask-key").statusCode()).isEqualTo(200);
    assertThat(post("/features", "rule-key").statusCode()).isEqualTo(200);
  }

  @Test
  void theAccessLogHasTheNameOfTheKey() throws Exception {
    var logger = (Logger) LoggerFactory.getLogger("io.github.resnetserving.rest.AccessLogFilter");
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    var appender =
        new AppenderBase<ILoggingEvent>() {
          @Override
          protected void append(ILoggingEvent line) {
            lines.add(line.getFormattedMessage().replaceAll("\\d+ ms", "N ms"));
          }
        };
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.DEBUG);
    try {
      post("/classify", "ask-key");
      assertThat(lines.take()).isEqualTo("POST /classify 200 in N ms by ask");
      post("/features", "rule-key");
      assertThat(lines.take()).isEqualTo("POST /features 200 in N ms by rule");
    } finally {
      logger.setLevel(null);
      logger.detachAppender(appender);
    }
  }

  @Test
  void callsOfGrpcNeedTheSameKeys() {
    assertThat(overGrpc(null)).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(overGrpc("guessed")).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(overGrpc("ask-key")).isEqualTo(Status.Code.OK);
  }

  /** Asks for the model's description, and, before that, what everyone may. */
  private Status.Code overGrpc(@Nullable String key) {
    Metadata headers = new Metadata();
    if (key != null) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
    }
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("localhost", grpc.getPort()).usePlaintext().build();
    var stub =
        GRPCInferenceServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    try {
      assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
      String name =
          stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("net").build()).getName();
      assertThat(name).isEqualTo("net");
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void withoutAKeyTheAnswerSaysWhatToSend() throws Exception {
    HttpResponse<String> answer = post("/classify", null);

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = json.readTree(answer.body());
    assertThat(problem.get("type").stringValue()).isEqualTo("/problems/unauthenticated");
    assertThat(problem.get("detail").stringValue())
        .isEqualTo("This needs a key: send Authorization: Bearer KEY.");
    assertThat(problem.get("request_id").stringValue())
        .isEqualTo(answer.headers().firstValue("X-Request-Id").orElseThrow());
    assertThat(post("/classify", "guessed").statusCode()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/page/main.js",
        "/page/page.css",
        "/page/limits.json",
        "/livez",
        "/readyz",
        "/actuator/health",
        "/v3/api-docs",
        "/swagger-ui/index.html"
      })
  void probesDocumentsAndThePageAreOpen(String path) throws Exception {
    assertThat(send(request(path, null).GET()).statusCode()).isIn(200, 503); // one model is loading
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/models",
        "/models/net",
        "/actuator/prometheus",
        "/actuator/threads",
        "/actuator",
        "/nothing",
        "//livez/../models",
        "/livezz"
      })
  void everythingElseNeedsAKey(String path) throws Exception {
    assertThat(send(request(path, null).GET()).statusCode()).isIn(400, 401);
  }

  @Test
  void theOpenProtocolHasErrorsOfItsOwn() throws Exception {
    HttpResponse<String> answer = send(request("/v2/models/net", null).GET());

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body())
        .isEqualTo("{\"error\":\"This needs a key: send Authorization: Bearer KEY.\"}");
  }

  @ParameterizedTest
  @CsvSource({"PUT", "DELETE"})
  void modelsAreAdministeredWithTheRightToDoSo(String method) throws Exception {
    HttpResponse<String> forbidden =
        send(request("/models/net", "ask-key").method(method, BodyPublishers.noBody()));

    assertThat(forbidden.statusCode()).isEqualTo(403);
    JsonNode problem = json.readTree(forbidden.body());
    assertThat(problem.get("type").stringValue()).isEqualTo("/problems/forbidden");
    assertThat(problem.get("detail").stringValue())
        .isEqualTo("The key \"ask\" lacks the right admin.");
    assertThat(
            send(request("/models/net", "rule-key").method(method, BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(202);
  }

  @Test
  void requestsWithoutAKeyAreCountedAsSuch() throws Exception {
    var counted = List.of("/classify", "/v2/models/net/infer");
    for (String path : counted) {
      assertThat(post(path, null).statusCode()).isEqualTo(401);
    }

    await()
        .untilAsserted(() ->
            assertThat(
                    meters
                        .get("resnet.requests")
                        .tags("model", "none", "outcome", "unauthenticated")
                        .timer()
                        .count())
                .isGreaterThanOrEqualTo(counted.size()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"load", "unload"})
  void theOpenProtocolAdministersWithTheSameRight(String verb) throws Exception {
    String path = "/v2/repository/models/net/" + verb;

    assertThat(send(request(path, null).POST(BodyPublishers.noBody())).statusCode()).isEqualTo(401);
    HttpResponse<String> forbidden =
        send(request(path, "ask-key").POST(BodyPublishers.ofString("{}")));
    assertThat(forbidden.statusCode()).isEqualTo(403);
    assertThat(forbidden.body())
        .isEqualTo("{\"error\":\"The key \\\"ask\\\" lacks the right admin.\"}");
    HttpResponse<String> done =
        send(request(path, "rule-key").POST(BodyPublishers.ofString("{\"parameters\": {}}")));
    assertThat(done.statusCode()).isEqualTo(200);
    assertThat(done.body()).isEmpty();
    assertThat(
            send(request(path, "rule-key")
                    .POST(BodyPublishers.ofString("{\"parameters\": {\"config\": \"{}\"}}")))
                .body())
        .contains("config is not supported");
    assertThat(
            send(request(path.replace("/net/", "/none/"), "rule-key").POST(BodyPublishers.noBody()))
                .body())
        .startsWith("{\"error\":\"failed to %s 'none': ".formatted(verb));
  }

  @Test
  void aVersionIsChosenInTheBody() throws Exception {
    HttpResponse<String> answer =
        send(
            request("/models/net", "rule-key")
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{\"version\": \"2\"}")));

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(administration.told()).contains("load net 2");
  }

  @Test
  void whatIsNotThereCannotBeLoadedOrUnloaded() throws Exception {
    HttpResponse<String> version =
        send(
            request("/models/net", "rule-key")
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{\"version\": \"9\"}")));
    HttpResponse<String> model =
        send(request("/models/none", "rule-key").PUT(BodyPublishers.noBody()));
    HttpResponse<String> path =
        send(request("/models/..%5Cetc", "rule-key").PUT(BodyPublishers.noBody()));

    assertThat(version.statusCode()).isEqualTo(404);
    assertThat(json.readTree(version.body()).get("detail").stringValue())
        .isEqualTo("There is no version 9 of net on this machine.");
    assertThat(model.statusCode()).isEqualTo(404);
    assertThat(json.readTree(model.body()).get("type").stringValue())
        .isEqualTo("/problems/unknown-model");
    assertThat(path.statusCode()).isIn(400, 404);
    assertThat(administration.told()).noneMatch(told -> told.contains("etc"));
    assertThat(send(request("/models/none", "rule-key").DELETE()).statusCode()).isEqualTo(404);
  }

  @Test
  void pagesOfAllowedOriginsMayAsk() throws Exception {
    HttpResponse<String> preflight =
        send(
            request("/classify", null)
                .header("Origin", "https://app.example.com")
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization")
                .method("OPTIONS", BodyPublishers.noBody()));
    HttpResponse<String> stranger =
        send(
            request("/classify", null)
                .header("Origin", "https://evil.example.com")
                .header("Access-Control-Request-Method", "POST")
                .method("OPTIONS", BodyPublishers.noBody()));

    assertThat(preflight.statusCode()).isEqualTo(200);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
        .hasValue("https://app.example.com");
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers"))
        .hasValue("authorization");
    HttpResponse<String> answer =
        send(
            request("/classify", "ask-key")
                .header("Origin", "https://app.example.com")
                .POST(BodyPublishers.ofByteArray(ServingTest.jpeg())));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
        .hasValue("https://app.example.com");
    assertThat(answer.headers().allValues("Access-Control-Expose-Headers").toString())
        .contains("X-Request-Id", "Retry-After", "Server-Timing");
    assertThat(stranger.statusCode()).isEqualTo(403);
    assertThat(stranger.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void aProductionServerDoesNotLetEveryoneInUnasked() throws Exception {
    assertThatThrownBy(() -> ExposedServerException.requireLoopback(null))
        .hasMessage(
            "The server would listen on all addresses, and no keys are configured: everyone could"
                + " ask.");
    assertThatThrownBy(() -> ExposedServerException.requireLoopback("0.0.0.0"))
        .hasMessageStartingWith("The server would listen on 0.0.0.0");
    ExposedServerException.requireLoopback("127.0.0.1");
  }

  private HttpResponse<String> post(String path, @Nullable String key) throws Exception {
    return send(request(path, key).POST(BodyPublishers.ofByteArray(ServingTest.jpeg())));
  }

  private HttpRequest.Builder request(String path, @Nullable String key) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    return key == null ? request : request.header("Authorization", "Bearer " + key);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }
}
