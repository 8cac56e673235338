package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.serving.ModelManager;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Models that come, change and go while requests are on their way. */
class SwappedModelsTest {

  private static final int CYCLES = 50;
  private static final int CLIENTS = 4;

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicBoolean done = new AtomicBoolean();

  @Test
  void noRequestFailsWhileModelsAreReplacedLoadedAndUnloaded() throws Exception {
    Path models = folder.resolve("models");
    ModelRepository repository = new ModelRepository(models);
    add(repository, "net", "cifar-resnet8");
    add(repository, "net", "cifar-resnet14");
    add(repository, "guest", "cifar-resnet8");
    try (ConfigurableApplicationContext server =
            SpringApplication.run(
                ResNetServing.class,
                "--server.port=0",
                "--resnet.default-model=net",
                "--resnet.models-dir=" + models);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      String port = server.getEnvironment().getRequiredProperty("local.server.port");
      URI home = URI.create("http://localhost:" + port);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> get(home.resolve("/readyz")).statusCode() == 200);
      ModelManager loading = server.getBean(ModelManager.class);
      Set<String> versions = ConcurrentHashMap.newKeySet();
      List<Future<Integer>> answered = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        answered.add(clients.submit(() -> ask(home, versions)));
      }

      List<Long> residentKiB = new ArrayList<>();
      try {
        for (int cycle = 1; cycle <= CYCLES; cycle++) {
          loading.replace("guest", null);
          assertThat(classify(home, "guest").statusCode()).isEqualTo(200);
          loading.replace("net", cycle % 2 == 0 ? "2" : "1");
          loading.withdraw("guest");
          assertThat(classify(home, "guest").statusCode()).isEqualTo(404);
          residentKiB.add(residentKiB());
        }
      } finally {
        done.set(true);
      }

      int requests = 0;
      for (Future<Integer> count : answered) {
        requests += count.get();
      }
      assertThat(versions).containsExactlyInAnyOrder("1", "2");
      LoggerFactory.getLogger(getClass())
          .info(
              "{} requests; resident memory, median: {} KiB of cycles 11 to 20, {} KiB of 41 to 50",
              requests,
              median(residentKiB.subList(10, 20)),
              median(residentKiB.subList(40, 50)));
    }
  }

  private void add(ModelRepository repository, String name, String architecture)
      throws IOException {
    Path file = folder.resolve(architecture + ".safetensors");
    FormulaCheckpoint.write(file, architecture, /* classes= */ 3);
    repository.add(
        name, file, NetworkOptions.USUAL, Preprocessing.CIFAR, Labels.numbered(3), Map.of());
  }

  /** One request after the other; every one must be answered. */
  private int ask(URI home, Set<String> versions) throws IOException, InterruptedException {
    int count = 0;
    while (!done.get()) {
      HttpResponse<String> answer = classify(home, "net");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      versions.add(answer.body().replaceFirst("(?s).*?\"version\":\"(\\d+)\".*", "$1"));
      count++;
    }
    return count;
  }

  private HttpResponse<String> classify(URI home, String model)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(home.resolve("/classify?model=" + model))
            .POST(BodyPublishers.ofFile(Path.of("src/test/resources/horse.webp")))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private static long residentKiB() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }

  private static long median(List<Long> values) {
    List<Long> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
