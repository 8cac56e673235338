package io.github.resnetserving.models.download;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.download.FileSource.DownloadedFile;
import io.github.resnetserving.models.download.FileSource.ExpectedDigest;
import io.github.resnetserving.models.download.FileSource.RemoteFile;
import io.github.resnetserving.models.download.ModelFetcher.PublishedModel;
import io.github.resnetserving.models.download.RemoteModel.FetchedModel;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of torchvision's weight files.
 *
 * @param location another address of the file; null for the usual folder
 */
record TorchvisionModel(PublishedModel model, URI base, @Nullable URI location)
    implements RemoteModel {

  /** The largest is a quarter of that. */
  private static final long MOST_BYTES = 1L << 30;

  @Override
  public String modelName() {
    return model.name();
  }

  private URI published() {
    return Locations.child(FetchSettings.TORCHVISION, model.file());
  }

  @Override
  public boolean isSame(ModelSpec installed, Optional<Provenance> provenance) {
    return installed.digest().startsWith("sha256:" + model.sha256());
  }

  @Override
  public FetchedModel bring(FileSource carrier, KnownDigests known)
      throws IOException, InterruptedException {
    List<ExpectedDigest> expectations = new ArrayList<>();
    expectations.add(
        new ExpectedDigest(
            model.sha256(),
            "that of torchvision's %s begins with %s: it is damaged, or another file; try again, or another mirror"
                .formatted(model.file(), model.sha256())));
    known.of(published()).ifPresent(expectations::add);
    URI where = location == null ? Locations.child(base, model.file()) : location;
    RemoteFile file =
        new RemoteFile(
            model.file(), where, /* token= */ null, /* onHub= */ false, expectations, MOST_BYTES);
    DownloadedFile brought =
        carrier
            .bring(file)
            .orElseThrow(() ->
                FetchException.refused(
                    "there is no %s at %s: check the address; %s"
                        .formatted(model.file(), Locations.shown(where), byHand())));
    return new FetchedModel(
        brought,
        new Provenance(published(), null),
        Variant.V1_5,
        model.preprocessing(),
        Labels.imageNet(),
        List.of());
  }

  @Override
  public String byHand() {
    return "bring %s here by other means, and give: models fetch %s --from FILE"
        .formatted(published(), model.name());
  }
}
