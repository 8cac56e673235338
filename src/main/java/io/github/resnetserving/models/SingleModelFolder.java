package io.github.resnetserving.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A folder that is itself one model, with its files directly inside: {@code model.json} and what it
 * names, or a checkpoint as Hugging Face publishes them ({@code config.json}, {@code
 * preprocessor_config.json}, the weights). KServe's storage initializer leaves such a folder.
 *
 * @param name what requests call it
 */
record SingleModelFolder(Path folder, String name) implements ModelSource {

  private static final String VERSION = "1";

  private static final String CONFIG = "config.json";

  /** The name, where the folder's own files are a model's; other files do not matter. */
  @Override
  public List<String> names() {
    return Files.isRegularFile(folder.resolve(ModelManifest.FILE))
            || Files.isRegularFile(folder.resolve(CONFIG))
        ? List.of(name)
        : List.of();
  }

  @Override
  public List<String> versions(String wanted) {
    return names().contains(wanted) ? List.of(VERSION) : List.of();
  }

  @Override
  public Optional<ModelSpec> find(String wanted, String version) throws ModelException {
    return versions(wanted).contains(version) ? Optional.of(read()) : Optional.empty();
  }

  private ModelSpec read() throws ModelException {
    try {
      Path manifest = folder.resolve(ModelManifest.FILE);
      return Files.exists(manifest)
          ? ModelManifest.spec(name, VERSION, manifest.toUri().toURL())
          : readPublished();
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException(
          "the model in %s cannot be read: %s".formatted(folder, e.getMessage()), e);
    }
  }

  private ModelSpec readPublished() throws IOException {
    Path weights = PublishedSettings.weights(folder);
    PublishedSettings settings = PublishedSettings.ofFolder(folder);
    @Nullable Preprocessing preprocessing = settings.preprocessing();
    if (preprocessing == null) {
      throw new ModelException(
          "%s does not tell the preprocessing: put preprocessor_config.json beside it"
              .formatted(folder.resolve(CONFIG)));
    }
    return new ModelSpec(
        name,
        VERSION,
        weights.toUri(),
        WeightsDigest.of(weights.toUri()),
        NetworkOptions.USUAL.withVariant(settings.variant()),
        preprocessing,
        labels(settings));
  }

  private Labels labels(PublishedSettings settings) throws ModelException {
    @Nullable Labels told = settings.labels();
    if (told != null) {
      return told;
    }
    return Labels.assumed(JsonFields.read(folder.resolve(CONFIG)).wholeNumber("num_classes"));
  }
}
