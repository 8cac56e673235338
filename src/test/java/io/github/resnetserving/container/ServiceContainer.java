package io.github.resnetserving.container;

import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.containers.wait.strategy.WaitStrategy;
import org.testcontainers.utility.DockerImageName;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The service as the chart and the compose file run it: without a capability, its root file system
 * read-only but for {@code /tmp}, with 1 GiB of memory. It has started when it is ready.
 */
final class ServiceContainer extends GenericContainer<ServiceContainer> {

  static final int HTTP = 8080;
  static final int GRPC = 9000;
  static final long MEMORY = 1L << 30;
  static final Path PHOTO = Path.of("src/test/resources/temple.jpg").toAbsolutePath();

  private static final String JAVA = "/opt/java/bin/java";

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Bind> binds = new ArrayList<>();
  private Instant ready = Instant.MAX;

  /** The image to test, where one is named. */
  static Optional<String> image() {
    return Stream.of(System.getProperty("resnet.image"), System.getenv("RESNET_IMAGE"))
        .filter(Objects::nonNull)
        .filter(name -> !name.isBlank())
        .findFirst();
  }

  ServiceContainer() {
    super(DockerImageName.parse(image().orElseThrow()));
    withExposedPorts(HTTP, GRPC);
    waitingFor(
        new AbstractWaitStrategy() {
          @Override
          protected void waitUntilReady() {
            awaitReady(startupTimeout);
          }
        });
    withCreateContainerCmdModifier(command -> {
      HostConfig host = Objects.requireNonNull(command.getHostConfig());
      host.withReadonlyRootfs(true)
          .withTmpFs(Map.of("/tmp", ""))
          .withCapDrop(Capability.ALL)
          .withSecurityOpts(List.of("no-new-privileges"))
          .withMemory(MEMORY)
          .withBinds(binds);
    });
  }

  /** As much time of processors as so many have. */
  ServiceContainer withProcessors(int count) {
    return withCreateContainerCmdModifier(command ->
        Objects.requireNonNull(command.getHostConfig())
            .withCpuPeriod(100_000L)
            .withCpuQuota(count * 100_000L));
  }

  /** A limit that leaves room beside a large heap for the engine's own memory. */
  ServiceContainer withMemory(long bytes) {
    return withCreateContainerCmdModifier(command ->
        Objects.requireNonNull(command.getHostConfig()).withMemory(bytes).withMemorySwap(bytes));
  }

  ServiceContainer withVolume(String name, String path) {
    binds.add(new Bind(name, new Volume(path)));
    return this;
  }

  /** A file or folder of this machine, to be read only. */
  ServiceContainer withMounted(Path host, String path) {
    binds.add(new Bind(host.toString(), new Volume(path), AccessMode.ro));
    return this;
  }

  /** Waits by its own means instead: no port leads in. */
  ServiceContainer withoutNetwork() {
    setExposedPorts(List.of());
    return withNetworkMode("none")
        .waitingFor(
            new AbstractWaitStrategy() {
              @Override
              protected void waitUntilReady() {
                await()
                    .atMost(startupTimeout)
                    .until(() -> java("-cp", "/app", "Healthcheck", "/readyz").getExitCode() == 0);
              }
            });
  }

  @Override
  public ServiceContainer waitingFor(WaitStrategy strategy) {
    return super.waitingFor(strategy.withStartupTimeout(Duration.ofMinutes(3)));
  }

  // More often than once a second, which is all that Testcontainers' own strategy does.
  private void awaitReady(Duration limit) {
    await()
        .atMost(limit)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(() -> get("/readyz").statusCode() == 200);
    ready = Instant.now();
  }

  /** From the start of its process to its being ready, as seen from outside. */
  Duration readyAfter() {
    return Duration.between(Instant.parse(state().getStartedAt()), ready);
  }

  /** Runs the image's Java beside the service. */
  ExecResult java(String... arguments) throws IOException, InterruptedException {
    return execInContainer(
        Stream.concat(Stream.of(JAVA), Stream.of(arguments)).toArray(String[]::new));
  }

  URI uri(String path) {
    return URI.create("http://%s:%d%s".formatted(getHost(), getMappedPort(HTTP), path));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(5)).build(),
        BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, Path body) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofFile(body)).build(),
        BodyHandlers.ofString());
  }

  /** The class that the photograph shows, or an error's text. */
  String labelOfPhoto() throws IOException, InterruptedException {
    HttpResponse<String> answer = post("/classify", PHOTO);
    JsonNode label = new JsonMapper().readTree(answer.body()).at("/results/0/predictions/0/label");
    return label.isMissingNode() ? answer.body() : label.asString();
  }

  /** Asks it to stop as {@code docker stop} does, and returns when it has. */
  void stopGracefully() {
    DockerClientFactory.instance()
        .client()
        .stopContainerCmd(getContainerId())
        .withTimeout(150)
        .exec();
  }

  /** Ends it without a word. */
  void kill() {
    DockerClientFactory.instance().client().killContainerCmd(getContainerId()).exec();
  }

  /** Where other containers of the same bridge find it. */
  String address() {
    return Objects.requireNonNull(
        getContainerInfo().getNetworkSettings().getNetworks().values().stream()
            .findFirst()
            .orElseThrow()
            .getIpAddress());
  }

  InspectContainerResponse.ContainerState state() {
    return getCurrentContainerInfo().getState();
  }
}
