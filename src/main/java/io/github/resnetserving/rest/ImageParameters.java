package io.github.resnetserving.rest;

import io.github.resnetserving.models.Preprocessing.CropMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a request with images. Each endpoint has a record of them, which {@link
 * QueryBinder} makes and springdoc documents.
 */
sealed interface ImageParameters permits ClassifyParameters, ExplainParameters, FeaturesParameters {

  String MODEL = "A model's name; without it the default one";
  String VERSION = "One of its versions; without it the newest that is ready";
  String DEADLINE = "Milliseconds from the request's headers to the answer";
  String CROP =
      "ten looks at the four corners and the centre and at their mirror images, and averages"
          + " probabilities and features; the model must resize to more than it crops";

  /** A model's name; null for the default one. */
  @Nullable String model();

  /** One of its versions; null for the newest that is ready. */
  @Nullable String version();

  /** Milliseconds from the request's headers to the answer, unchecked; null for the default. */
  @Nullable Integer deadlineMs();

  /** What the network is shown of each image. */
  CropMode cropMode();

  /** Whether an intermediate layer is wanted instead of the network's own output. */
  boolean isIntermediate();

  /** What the form of an answer depends on, besides the model, the crop and the images. */
  List<?> form();

  /** Which parts of an image the network is shown. */
  enum Crop {
    CENTER,
    TEN;

    /** The mode of a parameter that may be absent. */
    static CropMode mode(@Nullable Crop crop) {
      return crop == TEN ? CropMode.TEN : CropMode.CENTER;
    }
  }
}
