package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** classify and features over folders, with the model inside. */
class BulkCommandsTest {

  private static final String MODEL = "--model=cifar10-resnet20";
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;
  private Path images;

  /** Eighteen images, so more than two batches, one of them unreadable, and no images. */
  @BeforeEach
  void makeImages() throws IOException {
    images = Files.createDirectories(folder.resolve("images/deep"));
    for (int i = 0; i < 17; i++) {
      BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
      for (int x = 0; x <= i; x++) {
        image.setRGB(x, i, 0xff8000);
      }
      Path file = i < 5 ? images.resolve(i + ".png") : images.resolveSibling(i + ".PNG");
      ImageIO.write(image, "png", file.toFile());
    }
    Files.writeString(images.resolve("bad.jpg"), "no image");
    Files.writeString(images.resolve("notes.txt"), "no image either");
    Files.writeString(images.resolve(".hidden.png"), "nor this");
  }

  @Test
  void featuresOfAFolderAreOneArrayAndAListOfWhoseTheyAre() throws Exception {
    Path out = folder.resolve("a.npy");

    ProgramRun run = features(out);

    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.err()).contains("bad.jpg: ");
    byte[] bytes = Files.readAllBytes(out);
    assertThat(bytes).hasSize(128 + 17 * 64 * 4);
    assertThat(new String(bytes, 10, 70, StandardCharsets.US_ASCII))
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (17, 64), }");
    assertThat(rows(out)).hasSize(17);
    assertThat(Files.readAllLines(folder.resolve("a.npy.ndjson"))).hasSize(18);
  }

  @Test
  void anInterruptedRunGoesOnAndEndsWithTheSame() throws Exception {
    Path whole = folder.resolve("whole.npy");
    features(whole);
    Path out = folder.resolve("cut.npy");
    List<String> lines = Files.readAllLines(folder.resolve("whole.npy.ndjson"));
    // As after an interruption: nine lines and a half, and more rows than lines.
    long rows = lines.subList(0, 9).stream().filter(line -> line.contains("row")).count();
    Files.writeString(
        folder.resolve("cut.npy.ndjson"),
        String.join("\n", lines.subList(0, 9)) + "\n" + lines.get(9).substring(0, 8));
    Files.write(out, Arrays.copyOf(Files.readAllBytes(whole), 128 + (int) (rows + 2) * 64 * 4 + 5));

    ProgramRun run = features(out);

    assertThat(run.err()).contains("9 images are done already; going on");
    assertThat(rows(out)).isEqualTo(rows(whole));
    assertThat(Files.size(out)).isEqualTo(Files.size(whole));
    ProgramRun again = features(out);
    assertThat(again.exitCode()).isZero();
    assertThat(again.err()).contains("18 images are done already; going on");
    assertThat(rows(out)).isEqualTo(rows(whole));
  }

  /** What pyarrow reads is in the documents; here the frame of the file is held against them. */
  @Test
  void featuresBecomeAParquetFileOnceAllAreThere() throws Exception {
    Path out = folder.resolve("a.parquet");

    ProgramRun run = features(out);

    assertThat(run.err()).contains("bad.jpg: ");
    byte[] bytes = Files.readAllBytes(out);
    assertThat(new String(bytes, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("PAR1");
    assertThat(new String(bytes, bytes.length - 4, 4, StandardCharsets.US_ASCII)).isEqualTo("PAR1");
    int footer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
    assertThat(new String(bytes, bytes.length - 8 - footer, footer, StandardCharsets.ISO_8859_1))
        .contains("schema", "id", "features", "list", "element", "shape", "[64]");
    assertThat(folder).isDirectoryNotContaining("glob:**/a.parquet.*");
    assertThat(features(out).err()).contains("is there already: delete it, or name another");
  }

  @Test
  void anArrayOfAnotherShapeIsNotGoneOnWith() throws Exception {
    Path out = folder.resolve("a.npy");
    features(out);
    Files.writeString(
        folder.resolve("a.npy.ndjson"),
        String.join("\n", Files.readAllLines(folder.resolve("a.npy.ndjson")).subList(0, 9)) + "\n");

    ProgramRun run =
        ProgramRun.of(
            "features",
            MODEL,
            "--models-dir=" + folder,
            "--layer=layer3",
            "--out=" + out,
            folder.resolve("images").toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("has another layer's shape: delete both, or name another file");
  }

  @Test
  void linesGoOnWhereTheyWereInterrupted() throws Exception {
    Path out = folder.resolve("a.ndjson");
    ProgramRun first = classify(out);
    List<String> lines = Files.readAllLines(out);
    Files.writeString(out, String.join("\n", lines.subList(0, 8)) + "\n{\"id\": \"half");

    ProgramRun second = classify(out);

    assertThat(first.exitCode()).isEqualTo(1);
    assertThat(second.err()).contains("8 images are done already; going on");
    assertThat(Files.readAllLines(out)).containsExactlyInAnyOrderElementsOf(lines);
    assertThat(lines).hasSize(18);
    JsonNode line = JSON.readTree(lines.getFirst());
    assertThat(line.has("id")).isTrue();
  }

  @Test
  void imagesComeInTheOrderOfTheirNames() throws Exception {
    Path out = folder.resolve("a.ndjson");
    classify(out);

    List<String> names = new ArrayList<>();
    for (String line : Files.readAllLines(out)) {
      names.add(
          folder
              .resolve("images")
              .relativize(Path.of(JSON.readTree(line).get("id").stringValue()))
              .toString());
    }
    assertThat(String.join(" ", names))
        .isEqualTo(
            "10.PNG 11.PNG 12.PNG 13.PNG 14.PNG 15.PNG 16.PNG 5.PNG 6.PNG 7.PNG 8.PNG 9.PNG"
                + " deep/0.png deep/1.png deep/2.png deep/3.png deep/4.png deep/bad.jpg");
  }

  @ParameterizedTest
  @CsvSource({
    "classify GOOD, 0",
    "classify GOOD BAD, 1",
    "classify nowhere.jpg, 1",
    "classify, 2",
    "classify --top-k=0 GOOD, 2",
    "classify --top-k=11 GOOD, 2",
    "classify --format=xml GOOD, 2",
    "features GOOD, 0",
    "features BAD GOOD, 1",
    "features, 2",
    "features --out=a.csv GOOD, 2"
  })
  void theExitCodeTellsFailureFromWrongUsage(String words, int exitCode) {
    String named =
        words
            .replace("GOOD", images.resolve("3.png").toString())
            .replace("BAD", images.resolve("bad.jpg").toString());
    List<String> all = new ArrayList<>(List.of(named.split(" ", -1)));
    all.add(1, "--models-dir=" + folder);

    ProgramRun run = ProgramRun.of(all.toArray(String[]::new));

    assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
    assertThat(run.out().isEmpty()).isEqualTo(exitCode == 2 || words.contains("nowhere"));
    assertThat(run.err().isEmpty()).isEqualTo(exitCode == 0);
  }

  @Test
  void aFileThatIsNoSuchOutputIsLeftAlone() throws Exception {
    Path out = Files.writeString(folder.resolve("a.ndjson"), "my diary\n");

    ProgramRun run = classify(out);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("is not the output of such a run: name another file");
    assertThat(out).hasContent("my diary");
  }

  @Test
  void standardInputIsAImage() throws Exception {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(Files.readAllBytes(images.resolve("3.png"))));
    try {
      ProgramRun run =
          ProgramRun.of("features", MODEL, "--models-dir=" + folder, "--layer=stem", "-");

      JsonNode line = JSON.readTree(run.out());
      assertThat(line.get("id").stringValue()).isEqualTo("-");
      assertThat(line.get("shape").toString()).isEqualTo("[16,32,32]");
      assertThat(line.get("values")).hasSize(16 * 32 * 32);
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void aLayerThatTheNetworkLacksIsWrongUsage() {
    String image = images.resolve("3.png").toString();

    ProgramRun lacks =
        ProgramRun.of("features", MODEL, "--models-dir=" + folder, "--layer=layer4", image);
    ProgramRun unknown = ProgramRun.of("features", "--layer=top", image);
    ProgramRun out =
        ProgramRun.of("features", MODEL, "--models-dir=" + folder, "--out=a.csv", image);

    assertThat(List.of(lacks.exitCode(), unknown.exitCode(), out.exitCode()))
        .containsExactly(2, 2, 2);
    assertThat(lacks.err()).contains("cifar10-resnet20 has pool, stem, layer1, layer2, layer3");
    assertThat(unknown.err()).contains("--layer is top: it must be pool or one of stem, layer1");
    assertThat(out.err()).contains("its name must end in .npy, .parquet or .ndjson");
  }

  private ProgramRun features(Path out) {
    return ProgramRun.of(
        "features",
        MODEL,
        "--models-dir=" + folder,
        "--out=" + out,
        folder.resolve("images").toString());
  }

  private ProgramRun classify(Path out) {
    return ProgramRun.of(
        "classify",
        MODEL,
        "--models-dir=" + folder,
        "--out=" + out,
        folder.resolve("images").toString());
  }

  /** The row of each image, by the image's name, in thousandths. */
  private static Map<String, List<Integer>> rows(Path npy) throws IOException {
    ByteBuffer values =
        ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN).position(128);
    float[] all = new float[values.remaining() / 4];
    values.asFloatBuffer().get(all);
    Map<String, List<Integer>> rows = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of(npy + ".ndjson"))) {
      JsonNode object = JSON.readTree(line);
      if (object.has("row")) {
        List<Integer> row = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
          row.add(Math.round(1000 * all[64 * object.get("row").intValue() + i]));
        }
        rows.put(object.get("id").stringValue(), row);
      }
    }
    return rows;
  }
}
