package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import com.sun.net.httpserver.SimpleFileServer.OutputLevel;
import io.github.resnetserving.graph.FormulaCheckpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code models fetch}, from a mirror on this machine. */
class ModelsFetchCommandTest {

  @TempDir private Path folder;
  private Path models = Path.of("");
  private Path mirror = Path.of("");

  @BeforeEach
  void prepare() throws Exception {
    models = folder.resolve("models");
    mirror = Files.createDirectory(folder.resolve("mirror")).toAbsolutePath();
  }

  @Test
  void aFetchedModelIsListedAndClassifies() throws Exception {
    Path repository = Files.createDirectories(mirror.resolve("org/net/resolve/main"));
    FormulaCheckpoint.write(repository.resolve("model.safetensors"), "cifar-resnet8", 3);
    Files.writeString(
        repository.resolve("config.json"),
        "{\"id2label\": {\"0\": \"a\", \"1\": \"b\", \"2\": \"c\"}}");
    Files.writeString(
        repository.resolve("preprocessor_config.json"),
        """
        {"size": {"height": 32, "width": 32}, "resample": 2,
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
        """);

    ProgramRun fetched = fromMirror("org/net");
    assertThat(fetched.out()).isEqualTo(models.resolve("org--net/1") + System.lineSeparator());
    assertThat(fetched.err()).startsWith("the model was made for images squashed to 32 x 32;");
    assertThat(models("verify", "org--net").out().lines()).containsExactly("org--net 1: ok");
    assertThat(models("list").out()).contains("org--net");
    ProgramRun classified =
        ProgramRun.of(
            "classify",
            "--models-dir",
            models.toString(),
            "--model",
            "org--net",
            "src/test/resources/horse.webp");
    assertThat(classified.exitCode()).isZero();
    assertThat(classified.out()).contains("%  a", "%  b", "%  c");
  }

  @Test
  void anotherFileThanThePublishedIsRefused() throws Exception {
    Files.writeString(mirror.resolve("resnet50-11ad3fa6.pth"), "no such thing");

    ProgramRun fetched = fromMirror("resnet50");
    assertThat(fetched.exitCode()).isEqualTo(1);
    assertThat(fetched.out()).isEmpty();
    assertThat(fetched.err())
        .startsWith("resnet50-11ad3fa6.pth is refused and removed: its SHA-256 is ");
    assertThat(models("list").out()).doesNotContain("resnet50");
  }

  @Test
  void aFileOfOnesOwnIsJudgedByThePublishedDigest() throws Exception {
    Path own = Files.writeString(folder.resolve("own.pth"), "no such thing");

    ProgramRun fetched = models("fetch", "resnet50-v1", "--from", own.toString());
    assertThat(fetched.exitCode()).isEqualTo(1);
    assertThat(fetched.err())
        .startsWith(own + " is refused: its SHA-256 is ")
        .contains("that of torchvision's resnet50-0676ba61.pth begins with 0676ba61");
  }

  @Test
  void offlineTheFileToBringIsNamed() {
    ProgramRun fetched = models("fetch", "resnet50", "--offline");

    assertThat(fetched.exitCode()).isEqualTo(1);
    assertThat(fetched.err())
        .isEqualTo(
            "resnet50 is not here, and offline nothing is fetched: bring"
                + " https://download.pytorch.org/models/resnet50-11ad3fa6.pth here by other means,"
                + " and give: models fetch resnet50 --from FILE"
                + System.lineSeparator());
    assertThat(models).doesNotExist();
  }

  @Test
  void aNameThatNobodyPublishesIsWrongUsage() {
    ProgramRun fetched = models("fetch", "vgg16");

    assertThat(fetched.exitCode()).isEqualTo(2);
    assertThat(fetched.err()).startsWith("there is no published model vgg16: see models list");
  }

  @Test
  void aMirrorThatIsNoAddressIsWrongUsage() {
    ProgramRun fetched = models("fetch", "resnet50", "--mirror", "mirror/models");

    assertThat(fetched.exitCode()).isEqualTo(2);
    assertThat(fetched.err()).startsWith("\"mirror/models\" is no address to fetch from");
  }

  @Test
  void whatIsPublishedIsListed() {
    ProgramRun listed = models("list", "--published");

    assertThat(listed.exitCode()).isZero();
    List<String> lines = listed.out().lines().toList();
    assertThat(lines).hasSize(18);
    assertThat(lines.get(0)).startsWith("NAME");
    assertThat(lines.get(4))
        .isEqualTo(
            "resnet50             IMAGENET1K_V2  80.86  95.43  25,557,032   98  "
                + " resize232-bilinear-crop224  no");
  }

  private ProgramRun fromMirror(String name) throws IOException {
    HttpServer server =
        SimpleFileServer.createFileServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), mirror, OutputLevel.NONE);
    server.start();
    try {
      return models("fetch", name, "--mirror", "http://localhost:" + server.getAddress().getPort());
    } finally {
      server.stop(0);
    }
  }

  private ProgramRun models(String... words) {
    List<String> all = new ArrayList<>(List.of("models"));
    all.addAll(List.of(words));
    all.addAll(List.of("--models-dir", models.toString()));
    return ProgramRun.of(all.toArray(String[]::new));
  }
}
