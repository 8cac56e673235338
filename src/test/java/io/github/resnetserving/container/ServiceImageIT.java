package io.github.resnetserving.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.ModelReadyRequest;
import io.github.resnetserving.openinference.wire.ServerLiveRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.Container.ExecResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What one container of the service answers, and what it may do. */
@NeedsImage
class ServiceImageIT {

  private static final String MODEL = "imagenette-resnet18";
  private static final Duration SOON = Duration.ofMinutes(1); // some 3 s on an idle machine
  private static final JsonMapper JSON = new JsonMapper();
  private static final ServiceContainer SERVICE = new ServiceContainer();

  @BeforeAll
  static void start() {
    SERVICE.start();
    System.out.printf("ready %d ms after its start%n", SERVICE.readyAfter().toMillis());
  }

  @AfterAll
  static void stop() {
    SERVICE.stop();
  }

  /**
   * How soon is printed above and by {@code .ci/run}: a machine that others use decides it, too.
   */
  @Test
  void itIsReadySoon() {
    assertThat(SERVICE.readyAfter()).isLessThanOrEqualTo(SOON);
  }

  @Test
  void aPhotographIsClassified() throws Exception {
    assertThat(SERVICE.labelOfPhoto()).isEqualTo("church");
  }

  @Test
  void itsFeaturesAreGiven() throws Exception {
    JsonNode answer = JSON.readTree(SERVICE.post("/features", ServiceContainer.PHOTO).body());

    assertThat(answer.at("/results/0/features/shape/0").asInt()).isEqualTo(512);
    assertThat(answer.at("/results/0/features/values")).hasSize(512);
  }

  @Test
  void theOpenInferenceProtocolAnswersOnBothPorts() throws Exception {
    assertThat(SERVICE.get("/v2/health/ready").statusCode()).isEqualTo(200);
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress(
                SERVICE.getHost(), SERVICE.getMappedPort(ServiceContainer.GRPC))
            .usePlaintext()
            .build();
    try {
      var calls = GRPCInferenceServiceGrpc.newBlockingStub(channel);
      assertThat(calls.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
      assertThat(calls.modelReady(ModelReadyRequest.newBuilder().setName(MODEL).build()).getReady())
          .isTrue();
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void itRunsAsNobodyInParticularAndCannotWriteToItsFiles() throws Exception {
    assertThat(SERVICE.execInContainer("id", "-u").getStdout().strip()).isEqualTo("10001");
    assertThat(SERVICE.execInContainer("touch", "/app/x").getStderr())
        .contains("Read-only file system");
    assertThat(SERVICE.execInContainer("grep", "CapEff", "/proc/1/status").getStdout())
        .endsWith("0000000000000000\n");
  }

  @Test
  void itsMemoryStaysWithinItsLimit() throws Exception {
    for (int i = 0; i < 200; i++) {
      assertThat(SERVICE.post("/classify", ServiceContainer.PHOTO).statusCode()).isEqualTo(200);
    }

    Matcher resident =
        Pattern.compile("(?m)^process_resident_memory_bytes(?:\\{.*})? (\\S+)$")
            .matcher(SERVICE.get("/actuator/prometheus").body());
    assertThat(resident.find()).isTrue();
    double bytes = Double.parseDouble(resident.group(1));
    System.out.printf("%.0f MB resident%n", bytes / 1e6);
    assertThat(bytes).isPositive().isLessThan(ServiceContainer.MEMORY);
    assertThat(
            Objects.requireNonNull(SERVICE.getCurrentContainerInfo().getHostConfig().getMemory())
                .longValue())
        .isEqualTo(ServiceContainer.MEMORY);
    assertThat(SERVICE.state().getOOMKilled()).isNotEqualTo(true);
  }

  @Test
  void nativeMemoryIsMimallocs() throws Exception {
    assertThat(SERVICE.execInContainer("cat", "/proc/1/maps").getStdout()).contains("/libmimalloc");
  }

  /** Its libtorch keeps the symbols that direct plans look for. */
  @Test
  void oneDnnCanBeCalledDirectly() throws Exception {
    assertThat(
            SERVICE
                .java(
                    "-jar",
                    "/app/resnet-serving.jar",
                    "bench",
                    "--arch",
                    "cifar-resnet20",
                    "--batch",
                    "1",
                    "--rounds",
                    "1",
                    "--seconds",
                    "0.1")
                .getStdout())
        .contains("direct", "fused", "plain", "eager");
  }

  @Test
  void itsOwnCheckTellsAliveFromNotThere() throws Exception {
    assertThat(SERVICE.java("-cp", "/app", "Healthcheck").getExitCode()).isZero();
    assertThat(SERVICE.java("-cp", "/app", "Healthcheck", "/readyz").getExitCode()).isZero();
    assertThat(SERVICE.java("-cp", "/app", "Healthcheck", "/no-such-page").getExitCode()).isOne();
  }

  @Test
  void whatIsInsideIsListed() throws Exception {
    JsonNode bill =
        SERVICE.copyFileFromContainer("/sbom/application.cdx.json", in -> JSON.readTree(in));

    assertThat(bill.at("/bomFormat").asString()).isEqualTo("CycloneDX");
    assertThat(bill.at("/components")).hasSizeGreaterThan(50);
    assertThat(SERVICE.getContainerInfo().getConfig().getLabels())
        .containsEntry("org.opencontainers.image.licenses", "Apache-2.0");
  }

  @Test
  void withOneProcessorsTimeItHasOneThreadOfEachKind() throws Exception {
    try (ServiceContainer small = new ServiceContainer().withProcessors(1)) {
      small.start();

      assertThat(JSON.readTree(small.get("/actuator/threads").body()))
          .isEqualTo(
              JSON.readTree(
                  """
                  {"device": "cpu", "processors": 1, "workers": 1, "threadsPerWorker": 1,
                   "decoders": 1}
                  """));
      assertThat(small.labelOfPhoto()).isEqualTo("church");
      System.out.printf(
          "ready %d ms after its start with one processor%n", small.readyAfter().toMillis());
    }
  }

  @Test
  void withoutAnyNetworkItAnswersItself() throws Exception {
    try (ServiceContainer alone =
        new ServiceContainer().withoutNetwork().withMounted(ServiceContainer.PHOTO, "/photo.jpg")) {
      alone.start();

      ExecResult load =
          alone.java(
              "-jar",
              "/app/resnet-serving.jar",
              "bench",
              "http",
              "--image=/photo.jpg",
              "--type=image/jpeg",
              "--connections=1",
              "--load=",
              "--seconds=1");

      assertThat(load.getExitCode()).as(load.getStderr()).isZero();
      System.out.println(load.getStdout());
    }
  }
}
