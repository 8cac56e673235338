package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.InferParameter;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/** What SIGTERM does: the JVM closes the context, as this test does. */
@Timeout(120)
class DrainTest {

  private final HttpClient client = HttpClient.newHttpClient();
  private int port;

  @Test
  void requestsInFlightAreAnsweredWhileTheServerStops() throws Exception {
    ConfigurableApplicationContext context =
        SpringApplication.run(
            new Class<?>[] {ServingConfiguration.class, GatedModel.class},
            new String[] {
              "--server.port=0",
              "--resnet.default-model=net",
              "--resnet.pre-stop=60s",
              "--resnet.engine.workers=1"
            });
    port = Integer.parseInt(context.getEnvironment().getProperty("local.server.port", ""));
    GatedModel.Gate gate = context.getBean(GatedModel.Gate.class);
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    gate.close();
    var inFlight = classify();
    gate.awaitBatch();

    int grpcPort = context.getBean(GrpcServerLifecycle.class).getPort();
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("localhost", grpcPort).usePlaintext().build();
    var inFlightOverGrpc =
        GRPCInferenceServiceGrpc.newFutureStub(channel)
            .modelInfer(
                OpenInferenceTest.numbers(32).toBuilder()
                    .putParameters(
                        "deadline_ms", InferParameter.newBuilder().setInt64Param(60_000).build())
                    .build());
    Gauge queued = context.getBean(MeterRegistry.class).get("resnet.queue.length").gauge();
    await().until(() -> queued.value() == 1);
    var health = HealthGrpc.newBlockingStub(channel);

    Thread closer = Thread.ofPlatform().start(context::close);

    await().until(() -> get("/readyz").statusCode() == 503);
    assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
        .as("gRPC's port is still open, and says so, too")
        .isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(get("/livez").statusCode())
        .as("only new requests should go elsewhere")
        .isEqualTo(200);
    HttpResponse<String> late = get("/models");
    assertThat(late.statusCode()).as("it still serves").isEqualTo(200);
    assertThat(late.headers().firstValue("Connection")).hasValue("close");

    closer.interrupt(); // load balancers have noticed
    await().until(() -> isRefused(port));
    await().until(() -> isRefused(grpcPort));
    assertThat(inFlight).isNotDone();
    gate.open();
    assertThat(inFlight.get().statusCode()).isEqualTo(200);
    assertThat(inFlightOverGrpc.get().getModelName()).isEqualTo("net");
    closer.join();
    channel.shutdownNow();
  }

  private CompletableFuture<HttpResponse<String>> classify() {
    return client.sendAsync(
        HttpRequest.newBuilder(uri("/classify?deadline_ms=60000"))
            .POST(BodyPublishers.ofByteArray(ServingTest.jpeg()))
            .build(),
        BodyHandlers.ofString());
  }

  private static boolean isRefused(int port) throws IOException {
    try (Socket socket = new Socket("localhost", port)) {
      return !socket.isConnected();
    } catch (ConnectException e) {
      return true;
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }
}
