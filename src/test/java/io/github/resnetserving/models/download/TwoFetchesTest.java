package io.github.resnetserving.models.download;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.download.ModelFetcher.PublishedModel;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads and processes that want the same model at the same time. */
class TwoFetchesTest {

  private static final String WAITING = "waiting";

  @TempDir private Path folder;

  @Test
  void twoThreadsFetchOnce() throws Exception {
    byte[] content = content();
    CountDownLatch waiting = new CountDownLatch(1);
    FetchListener listener =
        new FetchListener() {
          @Override
          public void onWaiting() {
            waiting.countDown();
          }
        };
    try (HostileServer server = new HostileServer();
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      server.on(path(content), answerAfter(waiting, content));
      List<Future<ModelSpec>> fetched = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        ModelFetcher fetcher = fetcher(folder.resolve("models"), server.address(), digest(content));
        fetched.add(threads.submit(() -> fetcher.fetch("resnet8", listener)));
      }
      assertThat(fetched.get(0).get()).isEqualTo(fetched.get(1).get());
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void twoProcessesFetchOnce() throws Exception {
    byte[] content = content();
    CountDownLatch waiting = new CountDownLatch(1);
    try (HostileServer server = new HostileServer();
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      server.on(path(content), answerAfter(waiting, content));
      List<Process> processes = new ArrayList<>();
      List<Future<List<String>>> outputs = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Process process =
            new ProcessBuilder(
                    ProcessHandle.current().info().command().orElse("java"),
                    "-cp",
                    System.getProperty("java.class.path"),
                    TwoFetchesTest.class.getName(),
                    folder.resolve("models").toString(),
                    server.address().toString(),
                    digest(content))
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        outputs.add(threads.submit(() -> lines(process, waiting)));
      }
      for (int i = 0; i < 2; i++) {
        assertThat(outputs.get(i).get()).last().isEqualTo("version 1");
        assertThat(processes.get(i).waitFor()).isZero();
      }
      assertThat(server.requests()).hasSize(1);
      assertThat(folder.resolve("models/resnet8/1/weights.safetensors")).hasBinaryContent(content);
    }
  }

  /** What each process runs: fetches, and says when it waits and what it has. */
  public static void main(String[] words) throws Exception {
    FetchListener listener =
        new FetchListener() {
          @Override
          public void onWaiting() {
            System.out.println(WAITING);
          }
        };
    ModelSpec model =
        fetcher(Path.of(words[0]), URI.create(words[1]), words[2]).fetch("resnet8", listener);
    System.out.println("version " + model.version());
  }

  private static List<String> lines(Process process, CountDownLatch waiting) throws IOException {
    List<String> lines = new ArrayList<>();
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
        if (line.equals(WAITING)) {
          waiting.countDown();
        }
      }
    }
    return lines;
  }

  /** The first is kept busy until the second waits for it. */
  private static HostileServer.Reaction answerAfter(CountDownLatch waiting, byte[] content) {
    return (request, out) -> {
      waiting.await();
      HostileServer.file(content, "\"one\"").answer(request, out);
    };
  }

  private byte[] content() throws IOException {
    return Files.readAllBytes(
        FormulaCheckpoint.write(folder.resolve("net"), "cifar-resnet8", /* classes= */ 1000));
  }

  private static String digest(byte[] content) throws IOException {
    return Digest.sha256(new ByteArrayInputStream(content)).substring(0, 8);
  }

  private static String path(byte[] content) throws IOException {
    return "/resnet8-%s.safetensors".formatted(digest(content));
  }

  private static ModelFetcher fetcher(Path models, URI server, String digest) {
    PublishedModel model =
        new PublishedModel(
            "resnet8",
            "IMAGENET1K_V1",
            "resnet8-%s.safetensors".formatted(digest),
            digest,
            50,
            75,
            1000,
            1,
            Preprocessing.TORCHVISION_V1);
    RetryPolicy patience =
        new RetryPolicy(
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            1,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    return new ModelFetcher(
        models,
        new FetchSettings(server, server, null, false),
        new TorchvisionCatalog(List.of(model)),
        patience,
        Clock.system(),
        new Proxies(Map.of()));
  }
}
