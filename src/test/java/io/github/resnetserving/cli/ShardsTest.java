package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.ResNetServing;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs in shards, put together, against runs without shards: the same bytes. */
@Timeout(300)
class ShardsTest {

  private static final String MODEL = "--model=cifar10-resnet20";

  @TempDir private Path folder;
  private List<String> words = List.of();

  /** Words that are not in the order of their names, and names that begin alike. */
  @BeforeEach
  void makeImages() throws IOException {
    int number = 0;
    for (String name :
        List.of(
            "z/one.png",
            "z/a.png",
            "z/a/two.png",
            "z/a/deep/three.png",
            "z/a-b/four.png",
            "z/a.b/five.png",
            "b/six.png",
            "b/写真.png",
            "seven.png",
            "b/8.png",
            "b/9.png",
            "b/10.png")) {
      image(name, number++);
    }
    Files.writeString(folder.resolve("b/broken.jpg"), "no image");
    words = Stream.of("z", "seven.png", "b").map(word -> folder.resolve(word).toString()).toList();
  }

  private void image(String name, int number) throws IOException {
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i <= number; i++) {
      image.setRGB(i, number, 0xff8000 + i);
    }
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    ImageIO.write(image, "png", file.toFile());
  }

  @ParameterizedTest
  @CsvSource({
    "features, npy, npy, 3",
    "features, ndjson, ndjson, 2",
    "features, npy, parquet, 2",
    "classify, ndjson, ndjson, 3",
    "features, npy, npy, 40"
  })
  void shardsPutTogetherAreTheBytesOfOneRun(String command, String shards, String whole, int count)
      throws Exception {
    Path expected = folder.resolve("whole." + whole);
    run(command, "--out=" + expected);
    for (int i = 0; i < count; i++) {
      Path some = folder.resolve("some." + shards);
      ProgramRun run = run(command, "--shard=%d/%d".formatted(i, count), "--out=" + some);
      assertThat(run.exitCode()).as(run.err()).isZero();
    }
    Path out = folder.resolve("some." + whole);

    ProgramRun merge = ProgramRun.of("merge", out.toString());

    assertThat(merge.exitCode()).as(merge.err()).isZero();
    assertThat(merge.err()).isEqualTo("13 images, 1 without a result\n");
    assertThat(out).hasSameBinaryContentAs(expected);
    if (whole.equals("npy")) {
      assertThat(list(out)).hasSameBinaryContentAs(list(expected));
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .noneMatch(name -> name.endsWith(".part") || name.endsWith(".parquet.npy"));
    }
  }

  @Test
  void shardsMayLieInAnotherFolder() throws Exception {
    Path shards = Files.createDirectories(folder.resolve("shards"));
    for (int i = 0; i < 2; i++) {
      run("classify", "--shard=%d/2".formatted(i), "--out=" + shards.resolve("a.ndjson"));
    }

    ProgramRun.of("merge", "--from=" + shards, folder.resolve("a.ndjson").toString());

    run("classify", "--out=" + folder.resolve("whole.ndjson"));
    assertThat(folder.resolve("a.ndjson")).hasSameBinaryContentAs(folder.resolve("whole.ndjson"));
  }

  @Test
  void aShardThatWasCutOffGoesOnAndEndsWithTheSame() throws Exception {
    Path shard = folder.resolve("a-00000-of-00001.npy");
    shard("a.npy", 0, 1);
    byte[] rows = Files.readAllBytes(shard);
    byte[] lines = Files.readAllBytes(list(shard));
    int cut = new String(lines, StandardCharsets.ISO_8859_1).indexOf("six") + 2;
    Files.write(list(shard), Arrays.copyOf(lines, cut));
    Files.write(shard, Arrays.copyOf(rows, rows.length - 3));
    Files.writeString(Path.of(shard + ".shard"), "{\"run\": {\"ques"); // killed in the middle of it

    ProgramRun run = shard("a.npy", 0, 1);

    assertThat(run.err()).contains("images are done already; going on");
    assertThat(shard).hasBinaryContent(rows);
    assertThat(list(shard)).hasBinaryContent(lines);
    assertThat(shard("a.npy", 0, 1).err()).contains("13 images are done already; going on");
    assertThat(shard).hasBinaryContent(rows);
  }

  @Test
  void imagesThatComeLaterMoveNoOthersAndStandInTheirPlace() throws Exception {
    shard("a.npy", 0, 2);
    shard("a.npy", 1, 2);
    List<String> before = Files.readAllLines(list(folder.resolve("a-00000-of-00002.npy")));
    for (int i = 0; i < 6; i++) {
      image("b/a%d.png".formatted(i), 20 + i);
    }

    shard("a.npy", 0, 2);
    shard("a.npy", 1, 2);
    merge("a.npy");

    assertThat(Files.readAllLines(list(folder.resolve("a-00000-of-00002.npy"))))
        .startsWith(before.toArray(String[]::new));
    run("features", "--out=" + folder.resolve("whole.npy"));
    assertThat(folder.resolve("a.npy")).hasSameBinaryContentAs(folder.resolve("whole.npy"));
    assertThat(list(folder.resolve("a.npy")))
        .hasSameBinaryContentAs(list(folder.resolve("whole.npy")));
  }

  @Test
  void shardsThatDoNotBelongTogetherAreNotPutTogether() throws Exception {
    assertThat(merge("a.npy").err()).contains("has no shards of a.npy: name the file");
    shard("a.npy", 0, 2);
    assertThat(merge("a.npy").err())
        .contains("a-00001-of-00002.npy is not complete: compute that shard");
    run("features", "--layer=stem", "--shard=1/2", "--out=" + folder.resolve("a.npy"));
    assertThat(merge("a.npy").err()).contains("are of different runs");
    shard("a.npy", 0, 3);
    assertThat(merge("a.npy").err())
        .contains("has shards of a.npy in several numbers, [2, 3]: delete those of all but one");
    assertThat(folder.resolve("a.npy")).doesNotExist();
  }

  @Test
  void whatIsThereIsNotWrittenOver() throws Exception {
    shard("a.npy", 0, 1);
    Path there = Files.writeString(folder.resolve("a.npy"), "mine");

    assertThat(merge("a.npy").err()).contains("a.npy is there already: delete it");
    assertThat(there).hasContent("mine");
  }

  @Test
  void aShardIsNotGoneOnWithByAnotherModelOrForAnotherQuestion() throws Exception {
    shard("a.npy", 0, 1);
    String out = "--out=" + folder.resolve("a.npy");

    ProgramRun layer = run("features", "--layer=stem", "--shard=0/1", out);
    ProgramRun model = run("features", "--model=imagenette-resnet18", "--shard=0/1", out);

    assertThat(List.of(layer.exitCode(), model.exitCode())).containsExactly(1, 1);
    assertThat(layer.err()).contains("was written by another model, or for other options");
    assertThat(model.err()).contains("was written by another model, or for other options");
  }

  @ParameterizedTest
  @CsvSource({
    "--shard=4/4 --out=a.npy IMAGE, 4/4 is no shard: write I/N",
    "--shard=0/4 IMAGE, --shard needs --out",
    "--shard=0/4 --out=a.parquet IMAGE, or a Parquet file",
    "--shard=0/4 --out=a.npy -, standard input is one image and has no shards"
  })
  void wrongUsageSaysWhatToDo(String options, String message) {
    List<String> all = new ArrayList<>(List.of("features", MODEL, "--models-dir=" + folder));
    all.addAll(
        List.of(options.replace("IMAGE", folder.resolve("seven.png").toString()).split(" ", -1)));

    ProgramRun run = ProgramRun.of(all.toArray(String[]::new));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }

  /** As by a node that goes away, twice; meanwhile no second process may write the shard. */
  @Test
  void aShardThatIsKilledEndsWithTheBytesOfOneThatIsNot() throws Exception {
    byte[] one = Files.readAllBytes(folder.resolve("seven.png"));
    Path many = Files.createDirectories(folder.resolve("many"));
    for (int i = 0; i < 3000; i++) {
      Files.write(many.resolve("%04d.png".formatted(i)), one);
    }
    words = List.of(many.toString());
    Path killed = list(folder.resolve("a-00000-of-00002.npy"));
    for (int kills = 0; kills < 2; kills++) {
      long before = count(killed);
      Process run = start("--shard=0/2", "--out=" + folder.resolve("a.npy"));
      await().atMost(Duration.ofMinutes(2)).until(() -> count(killed) > before + 100);
      assertThat(shard("a.npy", 0, 2).err()).contains("another process is writing");
      run.destroyForcibly();
      assertThat(run.waitFor()).as("killed by signal 9").isEqualTo(128 + 9);
      assertThat(merge("a.npy").err()).contains("is not complete");
    }
    assertThat(shard("a.npy", 0, 2).err()).contains("images are done already; going on");
    shard("a.npy", 1, 2);

    merge("a.npy");

    run("features", "--out=" + folder.resolve("whole.npy"));
    assertThat(folder.resolve("a.npy")).hasSameBinaryContentAs(folder.resolve("whole.npy"));
    assertThat(list(folder.resolve("a.npy")))
        .hasSameBinaryContentAs(list(folder.resolve("whole.npy")));
  }

  private static long count(Path lines) throws IOException {
    if (!Files.exists(lines)) {
      return 0;
    }
    return new String(Files.readAllBytes(lines), StandardCharsets.ISO_8859_1)
        .chars()
        .filter(each -> each == '\n')
        .count();
  }

  private Process start(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                ResNetServing.class.getName(),
                "features",
                MODEL,
                "--models-dir=" + folder));
    command.addAll(List.of(options));
    command.addAll(words);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("printed").toFile())
        .start();
  }

  private ProgramRun run(String command, String... options) {
    List<String> all = new ArrayList<>(List.of(command, "--models-dir=" + folder));
    if (Arrays.stream(options).noneMatch(option -> option.startsWith("--model="))) {
      all.add(MODEL);
    }
    all.addAll(List.of(options));
    all.addAll(words);
    return ProgramRun.of(all.toArray(String[]::new));
  }

  private ProgramRun shard(String out, int index, int count) {
    return run("features", "--shard=%d/%d".formatted(index, count), "--out=" + folder.resolve(out));
  }

  private ProgramRun merge(String file) {
    return ProgramRun.of("merge", folder.resolve(file).toString());
  }

  private static Path list(Path array) {
    return Path.of(array + ".ndjson");
  }
}
