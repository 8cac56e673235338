package io.github.resnetserving.inference;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.model.View;

/** The image pipeline as this package needs it; thread-safe. */
@FunctionalInterface
interface Decoder {

  PreparedImage prepare(
      byte[] encoded, Preprocessing preprocessing, View view, PreparationListener listener)
      throws ImageException;
}
