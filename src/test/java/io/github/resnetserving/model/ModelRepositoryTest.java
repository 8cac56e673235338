package io.github.resnetserving.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRepositoryTest {

  private static final Labels PETS =
      new Labels(List.of(new Label("n02123045", "tabby"), new Label(null, "dog, any")));

  @TempDir private Path folder;
  private ModelRepository repository = new ModelRepository(Path.of(""));
  private Path weights = Path.of("");

  @BeforeEach
  void prepare() throws Exception {
    repository = new ModelRepository(folder.resolve("models"));
    weights = Files.writeString(folder.resolve("some.safetensors"), "weights");
  }

  @Test
  void aModelThatWasAddedIsFoundAsItWas() throws Exception {
    ModelSpec added = add("pets");

    assertThat(repository.find("pets")).contains(added);
    assertThat(added.version()).isEqualTo("1");
    assertThat(added.digest())
        .isEqualTo("sha256:9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c");
    assertThat(added.labels()).isEqualTo(PETS);
    assertThat(added.preprocessing()).isEqualTo(Preprocessing.TORCHVISION_V2);
    assertThat(added.variant()).isEqualTo(Variant.V1);
    assertThat(Files.readString(folder.resolve("models/pets/1/CARD.md"))).isEqualTo("# pets");
  }

  @Test
  void aModelOfTheSameNameBecomesTheNextVersionAndTheNewestAnswers() throws Exception {
    for (int i = 1; i <= 10; i++) {
      assertThat(add("pets").version()).isEqualTo(Integer.toString(i));
    }
    assertThat(repository.find("pets")).map(ModelSpec::version).contains("10");
  }

  @Test
  void weightsThatWereReplacedAreNoticed() throws Exception {
    ModelSpec added = add("pets");
    ModelRepository.verify(added);
    Files.writeString(folder.resolve("models/pets/1/weights.safetensors"), "other");

    assertThatThrownBy(() -> ModelRepository.verify(added))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("the weights of pets are not those its model.json names");
  }

  @Test
  void theModelInsideTheProgramIsThereWithoutAFolder() throws Exception {
    ModelSpec bundled = repository.find(ModelRepository.BUNDLED).orElseThrow();

    ModelRepository.verify(bundled);
    assertThat(bundled.labels().entries().stream().map(Label::name))
        .containsExactly(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck");
    assertThat(repository.findDefault()).contains(bundled);
    assertThat(repository.names()).containsExactly(ModelRepository.BUNDLED);
  }

  @Test
  void resnet50IsTheDefaultWhereItIsThere() throws Exception {
    ModelSpec added = add("resnet50");

    assertThat(repository.findDefault()).contains(added);
  }

  @Test
  void aNameIsNoPath() throws Exception {
    assertThat(repository.find("../models")).isEmpty();
    assertThat(repository.find("")).isEmpty();
    assertThatThrownBy(() -> add("../pets"))
        .hasMessage(
            "\"../pets\" is no name for a model: take letters, digits, dots, dashes and"
                + " underscores");
  }

  @Test
  void aManifestThatNamesAFileElsewhereIsRefused() throws Exception {
    add("pets");
    Path manifest = folder.resolve("models/pets/1/model.json");
    Files.writeString(
        manifest, Files.readString(manifest).replace("weights.safetensors", "../../passwd"));

    assertThatThrownBy(() -> repository.find("pets"))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "pets/1/model.json: weights is \"../../passwd\": it must name a file in the same"
                + " folder");
  }

  @Test
  void aManifestWithAnUnknownFieldIsRefusedByItsName() throws Exception {
    add("pets");
    Path manifest = folder.resolve("models/pets/1/model.json");
    Files.writeString(manifest, Files.readString(manifest).replace("\"variant\"", "\"wariant\""));

    assertThatThrownBy(() -> repository.find("pets")).hasMessageContaining("\"wariant\"");
  }

  @Test
  void imageNetHasAThousandClassesWithWordNetIds() {
    assertThat(Labels.imageNet().count()).isEqualTo(1000);
    assertThat(Labels.imageNet().get(281)).isEqualTo(new Label("n02123045", "tabby"));
  }

  @Test
  void labelsCanBeOneNameALine() throws Exception {
    assertThat(LabelFile.parse("cat\ndog\n", "labels.txt"))
        .isEqualTo(new Labels(List.of(new Label(null, "cat"), new Label(null, "dog"))));
  }

  @Test
  void aLabelOutOfOrderIsNamed() {
    assertThatThrownBy(() -> LabelFile.parse("index,wnid,label\n0,,cat\n2,,dog\n", "labels.csv"))
        .hasMessage("labels.csv: the row \"2,,dog\" must read 1,wnid,label");
  }

  private ModelSpec add(String name) throws Exception {
    return repository.add(
        name,
        weights,
        Variant.V1,
        Preprocessing.TORCHVISION_V2,
        PETS,
        Map.of("CARD.md", "# pets".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }
}
