package io.github.resnetserving.models.download;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Variant;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  FetchedModel {
    notes = List.copyOf(notes);
  }
}
