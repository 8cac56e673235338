package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.graph.FormulaCheckpoint;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsCommandTest {

  @TempDir private Path folder;
  private Path models = Path.of("");
  private Path weights = Path.of("");

  @BeforeEach
  void prepare() throws Exception {
    models = folder.resolve("models");
    weights = weights("tiny.safetensors", "cifar-resnet8", 3);
  }

  @Test
  void aModelLivesFromAddToRemove() throws Exception {
    Path labels = Files.writeString(folder.resolve("labels.txt"), "cat\ndog\nowl\n");
    Path image = folder.resolve("a.png");
    ImageIO.write(new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB), "png", image.toFile());

    ProgramRun added = add("pets", "--labels", labels.toString());
    assertThat(added.exitCode()).isZero();
    assertThat(added.out()).isEqualTo(line(models.resolve("pets/1")));

    ProgramRun listed = models("list");
    assertThat(listed.exitCode()).isZero();
    assertThat(listed.out().lines().toList())
        .hasSize(4)
        .first()
        .asString()
        .matches("NAME {17}VERSION  DIGEST {8}LABELS  INPUT {34}WHERE");
    assertThat(listed.out().lines().toList().get(1))
        .matches(
            "cifar10-resnet20     1        [0-9a-f]{12}  10     "
                + " resize32-bilinear-crop32-norm75e2c565  inside the program");
    assertThat(listed.out().lines().toList().get(2))
        .matches(
            "imagenette-resnet18  1        [0-9a-f]{12}  10      resize146-bilinear-crop128        "
                + "     inside the program");
    assertThat(listed.out().lines().toList().get(3))
        .matches(
            "pets                 1        [0-9a-f]{12}  3      "
                + " resize32-bilinear-crop32-norm75e2c565  folder");

    ProgramRun classified =
        ProgramRun.of(
            "classify", "--models-dir", models.toString(), "--model", "pets", image.toString());
    assertThat(classified.exitCode()).isZero();
    assertThat(classified.out()).contains("%  cat", "%  dog", "%  owl");

    assertThat(models("verify", "pets")).isEqualTo(new ProgramRun(0, line("pets 1: ok"), ""));
    assertThat(models("remove", "pets")).isEqualTo(new ProgramRun(0, "", ""));
    assertThat(models).isEmptyDirectory();
  }

  @Test
  void aDescriptionTellsTheArchitectureFromTheWeights() throws Exception {
    add("tiny", "--variant", "v1", "--mean", "0.5,0.4,0.3", "--std", "0.2,0.2,0.1");
    add("tiny");

    List<String> lines = models("describe", "tiny").out().lines().toList();
    assertThat(lines)
        .contains(
            "name         tiny",
            "version      2",
            "versions     2, 1",
            "where        folder",
            "weights      " + models.resolve("tiny/2/weights.safetensors").toUri().toURL(),
            "network      ResNet-8",
            "blocks       1, 1, 1 (basic)",
            "variant      v1.5",
            "depth        8",
            "width        64",
            "parameters   74,835",
            "classes      3",
            "input        resize32-bilinear-crop32-norm75e2c565",
            "mean         0.4914, 0.4822, 0.4465",
            "std          0.247, 0.2435, 0.2616",
            "labels       class_0; class_1; class_2");
    models("remove", "tiny", "--version", "2");
    assertThat(models("describe", "tiny").out().lines())
        .contains("variant      v1", "mean         0.5, 0.4, 0.3", "std          0.2, 0.2, 0.1");
    assertThat(models("describe", "cifar10-resnet20").out().lines())
        .contains(
            "where        inside the program",
            "depth        20",
            "parameters   269,722",
            "labels       airplane; automobile; bird; cat; deer; and 5 more");
  }

  @Test
  void aDamagedModelIsNamedAndTheOthersAreStillChecked() throws Exception {
    add("a");
    add("b");
    add("b");
    Files.write(models.resolve("b/2/weights.safetensors"), new byte[1], StandardOpenOption.APPEND);

    ProgramRun result = models("verify");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out().lines())
        .containsExactly(
            "a 1: ok", "b 1: ok", "cifar10-resnet20 1: ok", "imagenette-resnet18 1: ok");
    assertThat(result.err().lines().toList())
        .singleElement()
        .asString()
        .startsWith("b 2: the weights of b are not those its model.json names");
    assertThat(models("verify", "a").exitCode()).isZero();
  }

  @Test
  void aManifestThatCannotBeReadHidesNoOtherModel() throws Exception {
    add("a");
    add("b");
    Files.writeString(models.resolve("a/1/model.json"), "{");

    for (String command : List.of("list", "verify")) {
      ProgramRun result = models(command);
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("a/1/model.json: ");
      assertThat(result.out()).contains("b").contains("cifar10-resnet20");
    }
  }

  @Test
  void theModelInsideTheProgramCannotBeRemoved() {
    assertThat(models("remove", "cifar10-resnet20"))
        .isEqualTo(
            new ProgramRun(
                1, "", line("cifar10-resnet20 is inside the program, it cannot be removed")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"describe", "verify", "remove"})
  void anUnknownModelIsWrongUsageAndTheOthersAreListed(String command) {
    ProgramRun result = models(command, "x");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith(
            line(
                "there is no model x in %s; there are: cifar10-resnet20, imagenette-resnet18"
                    .formatted(models)));
  }

  @Test
  void anUnknownVersionIsWrongUsageAndTheOthersAreListed() {
    add("a");
    ProgramRun result = models("remove", "a", "--version", "7");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith(line("there is no version 7 of a; there are: 1"));
  }

  @Test
  void withoutACommandTheUsageIsTold() {
    ProgramRun result = ProgramRun.of("models");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("Missing required subcommand")
        .contains("list", "describe", "verify", "fetch", "add", "remove");
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "describe", "verify", "fetch", "add", "remove"})
  void everyCommandExplainsItself(String command) {
    ProgramRun result = ProgramRun.of("models", command, "--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("Usage: resnet-serving models " + command);
  }

  @Test
  void labelsThatAreNotAsManyAsTheClassesAreRefused() throws Exception {
    Path labels = Files.writeString(folder.resolve("labels.txt"), "cat\ndog\n");

    assertThat(add("pets", "--labels", labels.toString()))
        .isEqualTo(
            new ProgramRun(
                1,
                "",
                line(
                    "the classifier has 3 classes, but there are 2 labels in %s: give one label for"
                            .formatted(labels)
                        + " each class")));
    assertThat(models).doesNotExist();
  }

  @Test
  void labelsThatCannotBeReadAreRefused() {
    Path labels = folder.resolve("none.txt");

    assertThat(add("pets", "--labels", labels.toString()))
        .isEqualTo(new ProgramRun(1, "", line(labels + ": no such file")));
  }

  @Test
  void aThousandClassesAreImageNets() throws Exception {
    weights = weights("big.safetensors", "cifar-resnet8", 1000);
    add("big");

    assertThat(models("describe", "big").out())
        .contains("labels       tench; goldfish; great white shark; tiger shark; hammerhead");
  }

  @ParameterizedTest
  @CsvSource({
    "torchvision-v1, resize256-bilinear-crop224",
    "torchvision-v2, resize232-bilinear-crop224",
    "cifar, resize32-bilinear-crop32-norm75e2c565"
  })
  void preprocessingIsChosenByName(String name, String id) {
    add("tiny", "--preprocessing", name);

    assertThat(models("describe", "tiny").out()).contains("input        " + id);
  }

  @Test
  void aNetWithAPooledStemHasTorchvisionsPreprocessing() throws Exception {
    weights = weights("r18.safetensors", "resnet18", 4);
    add("r18");

    assertThat(models("describe", "r18").out().lines())
        .contains("input        resize256-bilinear-crop224", "parameters   11,178,564");
  }

  @Test
  void preprocessingIsReadFromAFileAndItsNoteIsTold() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("preprocessor_config.json"),
            """
            {"size": {"height": 48, "width": 48}, "resample": 3,
             "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
            """);

    ProgramRun added = add("tiny", "--preprocessing", file.toString());
    assertThat(added.exitCode()).isZero();
    assertThat(added.err()).contains("\nthe model was made for images squashed to 48 x 48;");
    assertThat(models("describe", "tiny").out().lines())
        .contains(
            "input        resize48-bicubic-crop48-norm36f27462", "mean         0.5, 0.5, 0.5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--variant | v2 | --variant is \"v2\": it must be v1 or v1.5",
        "--preprocessing | vgg | --preprocessing is \"vgg\": take torchvision-v1, torchvision-v2,"
            + " cifar or a .json file",
        "--mean | 0.5,0.5 | mean and std have one number for each of red, green and blue, not 2 and"
            + " 3",
        "--std | 0,1,1 | std is [0.0, 1.0, 1.0]: each must be positive"
      })
  void anOptionThatMeansNothingIsWrongUsage(String option, String value, String message) {
    ProgramRun result = add("tiny", option, value);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith(line(message));
    assertThat(models).doesNotExist();
  }

  @Test
  void whatIsNoNetworkIsNotAdded() throws Exception {
    weights = Files.writeString(folder.resolve("notes.txt"), "no weights at all");
    ProgramRun text = add("tiny");
    weights = folder.resolve("none.pth");
    ProgramRun missing = add("tiny");
    weights = Files.createDirectory(folder.resolve("empty"));
    ProgramRun empty = add("tiny");

    assertThat(text.exitCode()).isEqualTo(1);
    assertThat(text.err()).startsWith("notes.txt: ");
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).startsWith("none.pth: there is no such file");
    assertThat(empty)
        .isEqualTo(
            new ProgramRun(
                1,
                "",
                line(
                    ("the folder %s has no weights: neither model.safetensors nor"
                            + " model.safetensors.index.json nor pytorch_model.bin nor"
                            + " pytorch_model.bin.index.json")
                        .formatted(weights))));
    assertThat(models).doesNotExist();
  }

  @Test
  void aNameIsNoPath() {
    ProgramRun result = add("../pets");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("\"../pets\" is no name for a model");
  }

  private ProgramRun add(String name, String... options) {
    List<String> words = new ArrayList<>(List.of("add", name, "--weights", weights.toString()));
    words.addAll(List.of(options));
    return models(words.toArray(String[]::new));
  }

  private ProgramRun models(String... words) {
    List<String> all = new ArrayList<>(List.of("models"));
    all.addAll(List.of(words));
    all.addAll(List.of("--models-dir", models.toString()));
    return ProgramRun.of(all.toArray(String[]::new));
  }

  private static String line(Object text) {
    return text + System.lineSeparator();
  }

  private Path weights(String file, String architecture, int classes) throws Exception {
    return FormulaCheckpoint.write(folder.resolve(file), architecture, classes);
  }
}
