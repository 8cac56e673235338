package io.github.resnetserving.resnet;

import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.PublishedSettings;
import io.github.resnetserving.models.WeightsDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which model a path is: a model's folder, or a weights file with what lies beside it.
 */
final class ModelPath {

  private static final List<String> LABEL_FILES = List.of("labels.csv", "labels.txt");
  private static final List<String> FOLDER_FILES = List.of("model.json", "config.json");

  private ModelPath() {}

  /**
   * Reads what describes the model; its weights are read as far as they tell the network's shape.
   *
   * @param network what a weights file does not tell; a model's folder says it itself
   * @throws ModelException if the path is no model; the message says what is missing
   */
  static ModelSpec read(Path path, NetworkOptions network) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    if (Files.isDirectory(absolute)) {
      return ofFolder(absolute);
    }
    if (!Files.isRegularFile(absolute)) {
      throw new ModelException("%s: no such file or folder".formatted(path));
    }
    Path folder = parent(absolute);
    if (Files.exists(folder.resolve("model.json"))) {
      ModelSpec described = ofFolder(folder);
      if (absolute.toUri().equals(described.weights())) {
        return described;
      }
    }
    return ofWeights(absolute, folder, network);
  }

  private static ModelSpec ofFolder(Path folder) throws ModelException {
    String own = String.valueOf(folder.getFileName());
    boolean version = own.matches("\\d{1,9}");
    String name = version ? String.valueOf(parent(folder).getFileName()) : own;
    if (FOLDER_FILES.stream().anyMatch(file -> Files.isRegularFile(folder.resolve(file)))) {
      Path models = parent(parent(folder));
      Optional<ModelSpec> found =
          version
              ? new ModelRepository(models).find(name, own)
              : new ModelRepository(folder, name).findDefault();
      return found.orElseThrow(() -> none(folder));
    }
    ModelRepository models = new ModelRepository(parent(folder));
    List<String> versions = models.versions(own);
    if (versions.isEmpty() || !models.isInFolder(own, versions.getFirst())) {
      throw none(folder);
    }
    return models.find(own, versions.getFirst()).orElseThrow(() -> none(folder));
  }

  private static ModelException none(Path folder) {
    return new ModelException(
        "%s is no model: it holds neither %s nor a folder for each version"
            .formatted(folder, String.join(" nor ", FOLDER_FILES)));
  }

  private static ModelSpec ofWeights(Path file, Path folder, NetworkOptions asked)
      throws IOException {
    PublishedSettings published = PublishedSettings.ofFolder(folder);
    NetworkOptions network =
        asked.variant() == null ? asked.withVariant(published.variant()) : asked;
    Topology topology = NetworkFile.topology(file.toUri(), network);
    @Nullable Preprocessing told = published.preprocessing();
    return new ModelSpec(
        String.valueOf(file.getFileName()),
        "1",
        file.toUri(),
        WeightsDigest.of(file.toUri()),
        network,
        told != null
            ? told
            : topology.isForPhotographs() ? Preprocessing.TORCHVISION_V1 : Preprocessing.CIFAR,
        labels(folder, published, topology.classes()));
  }

  private static Labels labels(Path folder, PublishedSettings published, int classes)
      throws ModelException {
    if (classes == 0) {
      return Labels.NONE;
    }
    for (String name : LABEL_FILES) {
      if (Files.exists(folder.resolve(name))) {
        return Labels.read(folder.resolve(name));
      }
    }
    @Nullable Labels told = published.labels();
    return told == null ? Labels.assumed(classes) : told;
  }

  private static Path parent(Path absolute) {
    Path parent = absolute.getParent();
    return parent == null ? absolute : parent;
  }
}
