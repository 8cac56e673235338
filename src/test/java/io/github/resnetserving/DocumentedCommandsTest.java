package io.github.resnetserving;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.Documents.Block;
import io.github.resnetserving.ExternalProgram.Run;
import io.github.resnetserving.checkpoint.TorchFile;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.graph.Architecture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * Commands in the documents are run by bash, as they are written, in a folder that looks like a
 * checkout in which somebody has put photographs; what is shown below them must come out. Trainings
 * take one epoch of a few small images, whatever their number of epochs. In the place of the jar
 * are the classes that it is made of. Skipped without bash and curl.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "resnet.default-model=")
@Timeout(600)
class DocumentedCommandsTest {

  private static final String SERVES =
      "serves until it is stopped; WholeServiceTest starts the same";
  private static final String BUILDS = "is how this test is run";
  private static final String NETWORK = "downloads";
  private static final String LONG = "takes hours, or images that are not here";

  /** The beginnings of commands that are not run, and why. */
  private static final Map<String, String> NOT_RUN =
      Map.ofEntries(
          entry("mvn ", BUILDS),
          entry("RESNET_IMAGE=resnet-serving mvn verify", BUILDS),
          entry("java -jar target/resnet-serving.jar      ", SERVES),
          entry("java -jar target/resnet-serving.jar --server.ssl", "serves; TlsTest shows it"),
          entry("java -jar target/resnet-serving.jar --device gpu", "needs a GPU"),
          entry("java -jar target/resnet-serving.jar models fetch", NETWORK),
          entry("java -jar target/resnet-serving.jar train imagenette", LONG),
          entry("java -jar target/resnet-serving.jar evaluate --model imagenette", LONG),
          entry("java -jar target/resnet-serving.jar evaluate --model cifar10-resnet20", LONG),
          entry(
              "java -jar target/resnet-serving.jar train animals --from resnet50",
              "needs a model that is downloaded"),
          entry(
              "java -jar target/resnet-serving.jar models add pets --weights pets.pth --labels"
                  + " pets.txt --check",
              "needs images whose answers are known; CheckpointCasesTest shows it"),
          entry(
              "java -jar target/resnet-serving.jar models add a1-288",
              "needs a checkpoint that is downloaded; PublishedSettingsTest shows it"),
          entry("python bench/audit.py", LONG),
          entry("java -jar target/resnet-serving.jar data check planted.tar", LONG),
          entry("java -jar target/resnet-serving.jar data check noisy.tar", LONG),
          entry("java -jar target/resnet-serving.jar train noisy.tar", LONG),
          entry("java -jar target/resnet-serving.jar calibrate", LONG),
          entry("java -jar target/resnet-serving.jar evaluate --model NAME", LONG),
          entry("java -jar target/resnet-serving.jar bench http", "measures a server for minutes"),
          entry(
              "java -jar target/resnet-serving.jar bench machine",
              "measures a server for minutes; MeasuredMachineTest runs it"),
          entry(
              "java -jar target/resnet-serving.jar bench capacity",
              "measures a server for minutes; MeasuredMachineTest runs it"),
          entry(
              "java -jar target/resnet-serving.jar capacity",
              "needs what bench machine measures; CapacityCommandTest runs it"),
          entry("java -jar target/resnet-serving.jar bench --precision", "measures for minutes"),
          entry("java bench/Hostile.java", "measures for minutes; HostileClientsIT runs it"),
          entry("python bench/bound.py", "measures a server for minutes"),
          entry("python bench/overhead.py", "measures a server for minutes"),
          entry("resnet=", "needs a GPU to compare with"),
          entry("$resnet bench plan", "needs a GPU to compare with"),
          entry("python bench/gpu", "needs a GPU"),
          entry("pip install torch", NETWORK),
          entry("export PYTORCH_", "names what the command before it downloads"),
          entry("python bench/peers", "needs PyTorch"),
          entry("openapi-generator-cli", "GeneratedClientsTest runs the generator"),
          entry("docker ", "ServiceImageIT runs the image"),
          entry("podman build -f Dockerfile.gpu", "downloads PyTorch with CUDA"),
          entry("helm ", "needs a cluster; ChartTest renders the chart"),
          entry("kubectl ", "needs a cluster"));

  @TempDir private static Path shared;
  private static Path checkout = Path.of("unset");
  @LocalServerPort private int port;
  @Autowired private GrpcServerLifecycle grpc;

  /** The server has the models folder of the commands, so that heads made there answer here. */
  @DynamicPropertySource
  static void models(DynamicPropertyRegistry registry) {
    registry.add("resnet.models-dir", () -> shared.resolve("checkout/models"));
  }

  /** Where the documents' commands look for the key. */
  @DynamicPropertySource
  static void adminKey(DynamicPropertyRegistry registry) {
    registry.add("resnet.access.admin-key-dir", () -> shared.resolve("home/.cache/resnet-serving"));
  }

  @BeforeEach
  void isReady() throws Exception {
    Run tools =
        ExternalProgram.run(
            shared, Map.of(), Duration.ofSeconds(10), "bash", "-c", "command -v curl base64");
    assumeTrue(tools.succeeded(), "skipped: there is no bash, or no curl");
    if (Files.exists(checkout)) {
      return;
    }
    checkout = checkout();
    try (HttpClient client = HttpClient.newHttpClient()) {
      var ready = HttpRequest.newBuilder(URI.create("http://localhost:%d/readyz".formatted(port)));
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> client.send(ready.build(), BodyHandlers.discarding()).statusCode() == 200);
    }
  }

  private static Path checkout() throws IOException {
    Path folder = Files.createDirectory(shared.resolve("checkout"));
    for (String name : List.of("src", "bench", "pom.xml")) {
      Files.createSymbolicLink(folder.resolve(name), Path.of(name).toAbsolutePath());
    }
    Path images = Path.of("src/test/resources/images");
    Files.copy(images.resolve("baseline.jpg"), folder.resolve("photo.jpg"));
    Files.copy(images.resolve("exif1.jpg"), folder.resolve("one.jpg"));
    Files.copy(images.resolve("rgb16.png"), folder.resolve("two.png"));
    Path photos = Files.createDirectory(folder.resolve("photos"));
    Files.copy(images.resolve("cmyk.jpg"), photos.resolve("three.jpg"));
    Files.copy(images.resolve("lossy.webp"), photos.resolve("four.webp"));
    TorchFile.write(
        folder.resolve("pets.pth"),
        FormulaNetwork.weights(Architecture.named("cifar-resnet8", /* classes= */ 2)));
    Files.writeString(folder.resolve("pets.txt"), "cat\ndog\n");
    for (int i = 0; i < 20; i++) {
      noise(folder.resolve("animals/cat/%d.png".formatted(i)), 0);
      noise(folder.resolve("animals/dog/%d.png".formatted(i)), 128);
    }
    cifar(folder.resolve("cifar-10-binary.tar.gz"));
    Path programs = Files.createDirectory(shared.resolve("bin"));
    Files.createFile(
        programs.resolve("java"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.writeString(programs.resolve("java"), javaWithoutTheJar());
    return folder;
  }

  /** Something small to learn from: grey noise from a level on. */
  private static void noise(Path file, int level) throws IOException {
    Files.createDirectories(file.getParent());
    Random random = new Random(level + file.getFileName().hashCode());
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, (level + random.nextInt(128)) * 0x010101);
    }
    ImageIO.write(image, "png", file.toFile());
  }

  /** CIFAR-10's archive with ten images in each of its files. */
  private static void cifar(Path file) throws IOException {
    Random random = new Random(10);
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
      archived(
          tar,
          "batches.meta.txt",
          "airplane automobile bird cat deer dog frog horse ship truck"
              .replace(' ', '\n')
              .getBytes(StandardCharsets.US_ASCII));
      for (String batch : List.of("data_batch_1", "data_batch_2", "data_batch_3", "test_batch")) {
        byte[] images = new byte[10 * (1 + 3 * 32 * 32)];
        random.nextBytes(images);
        for (int i = 0; i < 10; i++) {
          images[i * (1 + 3 * 32 * 32)] = (byte) i;
        }
        archived(tar, batch + ".bin", images);
      }
    }
  }

  private static void archived(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("cifar-10-batches-bin/" + name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  /** Takes the classes of this test's run for the jar. */
  private static String javaWithoutTheJar() {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> absolute = new ArrayList<>();
    for (String entry : classes.split(":", -1)) {
      absolute.add(Path.of(entry).toAbsolutePath().toString());
    }
    return """
    #!/bin/bash
    if [ "$1 $2" = "-jar target/resnet-serving.jar" ]; then
      shift 2
      set -- -cp '%s' %s "$@"
    fi
    exec '%s/bin/java' --enable-native-access=ALL-UNNAMED "$@"
    """
        .formatted(
            String.join(":", absolute),
            ResNetServing.class.getName(),
            System.getProperty("java.home"));
  }

  @TestFactory
  Stream<DynamicTest> whatIsShownComesOut() throws IOException {
    return Documents.blocks("sh", "shell", "python").stream()
        .filter(block -> block.language().equals("python") ? block.isProgram() : isRun(block))
        .map(block -> DynamicTest.dynamicTest(block.toString(), () -> run(block)));
  }

  private static boolean isRun(Block block) {
    return block.commands().stream().anyMatch(command -> reason(command) == null);
  }

  private static @Nullable String reason(String command) {
    return NOT_RUN.entrySet().stream()
        .filter(known -> command.startsWith(known.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  private void run(Block block) throws IOException, InterruptedException {
    boolean python = block.language().equals("python");
    String commands =
        python
            ? "python3 - <<'END'\n%s\nEND".formatted(block.text())
            : String.join(
                "\n",
                block.commands().stream().filter(command -> reason(command) == null).toList());
    String path = shared.resolve("bin") + ":" + System.getenv("PATH");
    if (commands.contains("python3")) {
      path = PythonEnvironment.of("triton").programs() + ":" + path;
    }
    String script =
        commands
            .replaceAll("--epochs \\d+", "--epochs 1")
            .replace("localhost:8080", "localhost:" + port)
            .replace("admin-8080.header", "admin-%d.header".formatted(port))
            .replace("localhost:9000", "localhost:" + grpc.getPort());

    Run run =
        ExternalProgram.run(
            checkout,
            Map.of("PATH", path, "HOME", shared.resolve("home").toString()),
            Duration.ofMinutes(5),
            "bash",
            "-euo",
            "pipefail",
            "-c",
            "exec 2>errors.log\n" + script);

    assertThat(run.status())
        .as("%s%n%s", run.output(), Files.readString(checkout.resolve("errors.log")))
        .isZero();
    if (block.shown() != null) {
      assertThat(Documents.canonical(run.output()))
          .as("%s%n%s", script, run.output())
          .containsPattern(Documents.pattern(block.shown()));
    }
  }

  @Test
  void whatIsNotRunIsInTheDocuments() throws IOException {
    List<String> commands =
        Documents.blocks("sh", "shell").stream()
            .flatMap(block -> block.commands().stream())
            .toList();

    assertThat(NOT_RUN.keySet())
        .allSatisfy(
            beginning -> assertThat(commands).anyMatch(command -> command.startsWith(beginning)));
  }
}
