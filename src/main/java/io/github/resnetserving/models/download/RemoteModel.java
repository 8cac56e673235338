package io.github.resnetserving.models.download;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.download.FileSource.DownloadedFile;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A model that is published elsewhere. */
sealed interface RemoteModel permits TorchvisionModel, HuggingFaceModel {

  /** What the model is called here. */
  String modelName();

  /** Whether a model that is there is this one. */
  boolean isSame(ModelSpec model, Optional<Provenance> provenance);

  /** Brings its files, the small ones first, so that what cannot be run is refused early. */
  FetchedModel bring(FileSource carrier, KnownDigests known)
      throws IOException, InterruptedException;

  /** How to do without the network, as a sentence. */
  String byHand();

  /**
   * All that was brought of a model, before it is one.
   *
   * @param labels null where nothing tells them
   * @param notes sentences for the user
   */
  record FetchedModel(
      DownloadedFile weights,
      Provenance provenance,
      Variant variant,
      Preprocessing preprocessing,
      @Nullable Labels labels,
      List<String> notes) {

    public FetchedModel {
      notes = List.copyOf(notes);
    }
  }
}
