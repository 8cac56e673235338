package io.github.resnetserving.models.download;

import io.github.resnetserving.models.ModelSpec;
import java.io.IOException;
import java.util.Optional;

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
}
