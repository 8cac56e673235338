package io.github.resnetserving.models.download;

import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.PublishedSettings;
import io.github.resnetserving.models.download.FileSource.DownloadedFile;
import io.github.resnetserving.models.download.FileSource.ExpectedDigest;
import io.github.resnetserving.models.download.FileSource.RemoteFile;
import io.github.resnetserving.models.download.RemoteModel.FetchedModel;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A repository of Hugging Face's hub, at {@code BASE/ORG/NAME/resolve/REVISION/FILE}. All files are
 * taken from one commit, which the hub names with the first.
 *
 * @param repository {@code ORG/NAME}
 * @param revision a branch, tag or commit
 */
record HuggingFaceModel(String repository, String revision, URI base, @Nullable String token)
    implements RemoteModel {

  private static final String PART = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?";
  private static final Pattern NAME =
      Pattern.compile("(%1$s/%1$s)(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?".formatted(PART));
  private static final long MOST_SETTINGS_BYTES = 16L << 20;
  private static final long MOST_WEIGHTS_BYTES = 4L << 30;

  /** Settings first. */
  private static final String CONFIG = "config.json";

  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final List<String> WEIGHTS = List.of("model.safetensors", "pytorch_model.bin");

  /** A repository by its name, {@code ORG/NAME} or {@code ORG/NAME@REVISION}. */
  static Optional<HuggingFaceModel> find(String name, FetchSettings settings) {
    Matcher parts = NAME.matcher(name);
    // The hub allows no "--" in names, which makes the model's name below unique.
    if (!parts.matches() || parts.group(1).contains("--") || name.contains("..")) {
      return Optional.empty();
    }
    return Optional.of(
        new HuggingFaceModel(
            parts.group(1),
            Objects.requireNonNullElse(parts.group(2), "main"),
            settings.hub(),
            settings.token()));
  }

  @Override
  public String modelName() {
    return repository.replace("/", "--");
  }

  @Override
  public boolean isSame(ModelSpec model, Optional<Provenance> provenance) {
    return provenance.isPresent()
        && (WEIGHTS.stream().map(this::published).anyMatch(provenance.get().url()::equals)
            || revision.equals(provenance.get().commit()));
  }

  private URI published(String file) {
    return address(FetchSettings.HUB, revision, file);
  }

  private URI address(URI hub, String at, String file) {
    return Locations.child(
        hub, "%s/resolve/%s/%s".formatted(repository, at.replace("/", "%2F"), file));
  }

  @Override
  public FetchedModel bring(FileSource carrier, KnownDigests known)
      throws IOException, InterruptedException {
    DownloadedFile config =
        carrier
            .bring(file(CONFIG, revision, List.of(), MOST_SETTINGS_BYTES))
            .orElseThrow(() ->
                FetchException.refused(
                    "%s has no %s at revision %s: check the name; checkpoints without settings are added by: models add NAME --weights FILE"
                        .formatted(repository, CONFIG, revision)));
    String at = Objects.requireNonNullElse(config.commit(), revision);
    Optional<DownloadedFile> unused =
        carrier.bring(file(PREPROCESSOR, at, List.of(), MOST_SETTINGS_BYTES));
    Path folder = Objects.requireNonNull(config.path().getParent());
    PublishedSettings settings = PublishedSettings.ofFolder(folder);
    Preprocessing preprocessing = settings.preprocessing();
    if (preprocessing == null) {
      throw FetchException.refused(
          "%s does not tell its preprocessing (%s there: %s): bring its files by other means, and give: models add NAME --weights FILE --preprocessing P"
              .formatted(repository, PREPROCESSOR, unused.isPresent()));
    }
    for (String name : WEIGHTS) {
      List<ExpectedDigest> expectations = new ArrayList<>();
      known.of(published(name)).ifPresent(expectations::add);
      Optional<DownloadedFile> weights =
          carrier.bring(file(name, at, expectations, MOST_WEIGHTS_BYTES));
      if (weights.isPresent()) {
        return new FetchedModel(
            weights.get(),
            new Provenance(published(name), config.commit()),
            Objects.requireNonNullElse(settings.variant(), Variant.V1_5),
            preprocessing,
            settings.labels(),
            settings.notes());
      }
    }
    throw FetchException.refused(
        "%s has no %s: take another repository"
            .formatted(repository, String.join(" and no ", WEIGHTS)));
  }

  private RemoteFile file(String name, String at, List<ExpectedDigest> expectations, long limit) {
    return new RemoteFile(
        name, address(base, at, name), token, /* onHub= */ true, expectations, limit);
  }

  @Override
  public String byHand() {
    return "bring %s, %s and %s of %s here by other means, and give: models fetch %s --from FOLDER"
        .formatted(
            CONFIG,
            PREPROCESSOR,
            WEIGHTS.getFirst(),
            Locations.child(FetchSettings.HUB, repository),
            repository);
  }
}
