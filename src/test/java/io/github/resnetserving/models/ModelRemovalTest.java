package io.github.resnetserving.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRemovalTest {

  @TempDir private Path folder;
  private ModelRepository repository = new ModelRepository(Path.of(""));

  @BeforeEach
  void prepare() {
    repository = new ModelRepository(folder);
  }

  @Test
  void versionsAreListedNewestFirst() throws Exception {
    for (int i = 0; i < 10; i++) {
      add("pets");
    }
    assertThat(repository.versions("pets"))
        .containsExactly("10", "9", "8", "7", "6", "5", "4", "3", "2", "1");
    assertThat(repository.find("pets", "9")).map(ModelSpec::version).contains("9");
    assertThat(repository.find("pets", "11")).isEmpty();
    assertThat(repository.versions("cats")).isEmpty();
    assertThat(repository.versions("../pets")).isEmpty();
  }

  @Test
  void oneVersionIsRemovedAndTheFolderWithTheLastOne() throws Exception {
    add("pets");
    add("pets");

    repository.remove("pets", "2");
    assertThat(repository.versions("pets")).containsExactly("1");
    assertThat(folder.resolve("pets")).isDirectoryContaining("glob:**/1");
    repository.remove("pets", "1");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aModelIsRemovedWithAllItsVersions() throws Exception {
    add("pets");
    add("pets");
    add("cats");

    repository.remove("pets");
    assertThat(repository.names())
        .containsExactly("cats", ModelRepository.BUNDLED_SMALL, ModelRepository.BUNDLED);
    assertThat(folder.resolve("pets")).doesNotExist();
  }

  @Test
  void theModelInsideTheProgramStays() {
    assertThatThrownBy(() -> repository.remove(ModelRepository.BUNDLED))
        .isInstanceOf(ModelException.class)
        .hasMessage("imagenette-resnet18 is inside the program, it cannot be removed");
    assertThatThrownBy(() -> repository.remove(ModelRepository.BUNDLED, "1"))
        .isInstanceOf(ModelException.class)
        .hasMessage("version 1 of imagenette-resnet18 is inside the program, it cannot be removed");
  }

  @Test
  void aFoldersModelOfThatNameGivesWayToTheOneInside() throws Exception {
    add(ModelRepository.BUNDLED);
    add(ModelRepository.BUNDLED);
    repository.remove(ModelRepository.BUNDLED, "1");

    assertThat(repository.versions(ModelRepository.BUNDLED)).containsExactly("2", "1");
    assertThat(repository.isInFolder(ModelRepository.BUNDLED, "2")).isTrue();
    assertThat(repository.isInFolder(ModelRepository.BUNDLED, "1")).isFalse();
    assertThat(repository.find(ModelRepository.BUNDLED, "1").orElseThrow().labels().count())
        .isEqualTo(10);
  }

  @Test
  void whatIsNotThereCannotBeRemoved() throws Exception {
    Files.createDirectories(folder.resolve("notes/old"));

    assertThatThrownBy(() -> repository.remove("pets"))
        .hasMessage("there is no model pets in " + folder);
    assertThatThrownBy(() -> repository.remove(".."))
        .hasMessage("there is no model .. in " + folder);
    assertThatThrownBy(() -> repository.remove("notes"))
        .hasMessage("there is no model notes in " + folder);
    assertThatThrownBy(() -> repository.remove("pets", "3"))
        .hasMessage("there is no version 3 of pets in " + folder);
    assertThat(folder.resolve("notes/old")).isDirectory();
  }

  @Test
  void aFolderWithoutVersionsIsNoModel() throws Exception {
    Files.createDirectories(folder.resolve("notes/old"));

    assertThat(repository.names())
        .containsExactly(ModelRepository.BUNDLED_SMALL, ModelRepository.BUNDLED);
  }

  @Test
  void anAdditionThatFailsLeavesNothing() {
    assertThatThrownBy(() ->
            repository.add(
                "pets",
                folder.resolve("none.pth"),
                NetworkOptions.USUAL,
                Preprocessing.CIFAR,
                Labels.numbered(2),
                Map.of()))
        .isInstanceOf(java.nio.file.NoSuchFileException.class);

    assertThat(folder.resolve("pets")).doesNotExist();
  }

  @Test
  void anExtensionThatModelJsonCouldNotNameIsLeftOut() throws Exception {
    Path weights = Files.writeString(folder.resolve("net.best model"), "weights");
    ModelSpec added =
        repository.add(
            "pets",
            weights,
            NetworkOptions.USUAL,
            Preprocessing.CIFAR,
            Labels.numbered(2),
            Map.of());

    assertThat(added.weights()).isEqualTo(folder.resolve("pets/1/weights").toUri());
  }

  private void add(String name) throws Exception {
    Path weights = Files.writeString(folder.resolve("w.safetensors"), "weights");
    repository.add(
        name, weights, NetworkOptions.USUAL, Preprocessing.CIFAR, Labels.numbered(2), Map.of());
    Files.delete(weights);
  }
}
