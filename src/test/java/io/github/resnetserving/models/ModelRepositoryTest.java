package io.github.resnetserving.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.NetworkOptions.Variant;
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
    assertThat(added.network().variant()).isEqualTo(Variant.V1);
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
  void theModelsInsideTheProgramAreThereWithoutAFolder() throws Exception {
    ModelSpec photographs = repository.find(ModelRepository.BUNDLED).orElseThrow();
    ModelRepository.verify(photographs);
    assertThat(repository.findDefault()).contains(photographs);
    assertThat(photographs.labels().entries())
        .startsWith(new Label("n01440764", "tench"), new Label("n02102040", "English springer"))
        .endsWith(new Label("n03888257", "parachute"))
        .hasSize(10);

    ModelSpec small = repository.find(ModelRepository.BUNDLED_SMALL).orElseThrow();
    ModelRepository.verify(small);
    assertThat(small.labels().entries().stream().map(Label::name))
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
    assertThat(repository.names())
        .containsExactly(ModelRepository.BUNDLED_SMALL, ModelRepository.BUNDLED);
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
  void aFolderWithAModelsFilesDirectlyInsideIsThatModel() throws Exception {
    add("pets");
    Path flat = folder.resolve("models/pets/1");
    ModelRepository mounted = new ModelRepository(flat, "animals");

    ModelSpec found = mounted.find("animals").orElseThrow();

    ModelRepository.verify(found);
    assertThat(found.labels()).isEqualTo(PETS);
    assertThat(found.weights()).isEqualTo(flat.resolve("weights.safetensors").toUri());
    assertThat(mounted.findDefault()).contains(found);
    assertThat(mounted.find("animals", "1")).contains(found);
    assertThat(mounted.find("animals", "2")).isEmpty();
    assertThat(mounted.versions("animals")).containsExactly("1");
    assertThat(mounted.names())
        .containsExactly("animals", ModelRepository.BUNDLED_SMALL, ModelRepository.BUNDLED);
    assertThat(new ModelRepository(flat.resolve("..").resolve("1")).names()).contains("1");
    assertThatThrownBy(() -> mounted.remove("animals"))
        .hasMessage("animals is the folder %s itself, it cannot be removed".formatted(flat));
  }

  @Test
  void aFolderAsHuggingFacePublishesThemIsAModel() throws Exception {
    Path flat = Files.createDirectory(folder.resolve("flat"));
    Files.copy(weights, flat.resolve("model.safetensors"));
    Files.writeString(
        flat.resolve("config.json"),
        "{\"id2label\": {\"0\": \"cat\", \"1\": \"dog\"}, \"downsample_in_bottleneck\": true}");
    ModelRepository mounted = new ModelRepository(flat, "animals");

    assertThatThrownBy(() -> mounted.find("animals"))
        .hasMessageEndingWith(
            "config.json does not tell the preprocessing: put preprocessor_config.json beside it");
    Files.writeString(
        flat.resolve("preprocessor_config.json"),
        """
        {"size": {"shortest_edge": 40}, "crop_pct": 0.8, "resample": 3,
         "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
        """);
    ModelSpec found = mounted.find("animals").orElseThrow();

    ModelRepository.verify(found);
    assertThat(found.network().variant()).isEqualTo(Variant.V1);
    assertThat(found.preprocessing().crop()).isEqualTo(40);
    assertThat(found.labels().entries()).extracting(Label::name).containsExactly("cat", "dog");
  }

  @Test
  void timmsLabelsAreCountedWhereTheyAreNotNamed() throws Exception {
    Path flat = Files.createDirectory(folder.resolve("flat"));
    Files.copy(weights, flat.resolve("pytorch_model.bin"));
    Files.writeString(
        flat.resolve("config.json"),
        """
        {"architecture": "resnet18", "num_classes": 1000, "pretrained_cfg":
         {"input_size": [3, 224, 224], "crop_pct": 0.875, "interpolation": "bilinear",
          "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}
        """);

    ModelSpec found = new ModelRepository(flat, "net").find("net").orElseThrow();

    assertThat(found.labels()).isEqualTo(Labels.imageNet());
    assertThat(found.preprocessing().resize()).isEqualTo(256);
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
        .hasMessage(
            "labels.csv: the row \"2,,dog\" must read 1,wnid,label. A class has its index in the"
                + " classifier's output, counted from 0, and rows are in the order of the index");
  }

  private ModelSpec add(String name) throws Exception {
    return repository.add(
        name,
        weights,
        NetworkOptions.of(Variant.V1),
        Preprocessing.TORCHVISION_V2,
        PETS,
        Map.of("CARD.md", "# pets".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }
}
