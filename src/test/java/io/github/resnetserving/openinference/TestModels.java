package io.github.resnetserving.openinference;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.net.URI;

/** Models that requests are for. */
final class TestModels {

  /** It takes 3 x 2 x 2 numbers an image, and has ten classes. */
  static final ModelSpec TINY =
      new ModelSpec(
          "tiny",
          "1",
          URI.create("file:/weights"),
          "sha256:" + "0".repeat(64),
          Variant.V1_5,
          new Preprocessing(2, Interpolation.BILINEAR, 2, Normalization.CIFAR10),
          Labels.numbered(10));

  private TestModels() {}
}
