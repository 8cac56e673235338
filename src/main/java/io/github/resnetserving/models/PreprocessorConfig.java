package io.github.resnetserving.models;

import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.util.Collections;

/**
 * Hugging Face's {@code preprocessor_config.json}, by the rules of transformers'
 * ConvNextImageProcessor, which its ResNets name, and of those processors that crop the centre.
 */
final class PreprocessorConfig {

  /** From this size on ConvNextImageProcessor squashes instead of cropping. */
  private static final int SQUASHED = 384;

  private static final double DEFAULT_SHARE = 224 / 256.0;

  private final JsonFields fields;

  private PreprocessorConfig(JsonFields fields) {
    this.fields = fields;
  }

  static PublishedSettings read(JsonFields fields) throws ModelException {
    return new PreprocessorConfig(fields).settings();
  }

  private PublishedSettings settings() throws ModelException {
    if (!fields.flag("do_resize", true)) {
      throw fields.wrong("do_resize is false: images are always resized here");
    }
    if (!fields.flag("do_rescale", true)
        || (fields.has("rescale_factor")
            && Math.abs(255 * fields.number("rescale_factor") - 1) > 1e-6)) {
      throw fields.wrong("images are always rescaled by 1/255 here");
    }
    if (fields.flag("do_center_crop", false)) {
      int resize = squashes() ? side("size") : edge();
      int crop =
          fields.hasWholeNumber("crop_size") ? fields.wholeNumber("crop_size") : side("crop_size");
      return of(resize, crop, squashes());
    }
    if (squashes()) {
      int side = fields.hasWholeNumber("size") ? fields.wholeNumber("size") : side("size");
      return of(side, side, /* squashed= */ true);
    }
    int crop = edge();
    if (!convNext()) {
      throw fields.wrong(
          "%s with a shortest_edge and without do_center_crop is not known here".formatted(type()));
    }
    if (crop >= SQUASHED) {
      return of(crop, crop, /* squashed= */ true);
    }
    double share = fields.has("crop_pct") ? TimmConfig.share(fields) : DEFAULT_SHARE;
    return of((int) (crop / share), crop, /* squashed= */ false);
  }

  private PublishedSettings of(int resize, int crop, boolean squashed) throws ModelException {
    Preprocessing preprocessing = new Preprocessing(resize, interpolation(), crop, normalization());
    return squashed
        ? PublishedSettings.of(
            preprocessing,
            "the model was made for images squashed to %1$d x %1$d; here the short edge becomes %1$d and the middle is cut out"
                .formatted(resize))
        : PublishedSettings.of(preprocessing);
  }

  /** Whether both sides are given, and so the image's proportions lost. */
  private boolean squashes() throws ModelException {
    if (fields.hasWholeNumber("size")) {
      return !convNext() && !fields.flag("do_center_crop", false);
    }
    return fields.object("size").has("height");
  }

  private int edge() throws ModelException {
    return fields.hasWholeNumber("size")
        ? fields.wholeNumber("size")
        : fields.object("size").wholeNumber("shortest_edge");
  }

  private int side(String field) throws ModelException {
    JsonFields size = fields.object(field);
    int height = size.wholeNumber("height");
    int width = size.wholeNumber("width");
    if (height != width) {
      throw fields.wrong("%s is %d x %d: it must be a square".formatted(field, height, width));
    }
    return height;
  }

  private boolean convNext() throws ModelException {
    return type().isEmpty() || type().startsWith("ConvNext");
  }

  private String type() throws ModelException {
    for (String field : new String[] {"image_processor_type", "feature_extractor_type"}) {
      if (fields.has(field)) {
        return fields.text(field);
      }
    }
    return "";
  }

  private Interpolation interpolation() throws ModelException {
    int filter = fields.wholeNumber("resample");
    return switch (filter) {
      case 2 -> Interpolation.BILINEAR;
      case 3 -> Interpolation.BICUBIC;
      default ->
          throw fields.wrong(
              "resample is %d: it must be 2 (bilinear) or 3 (bicubic)".formatted(filter));
    };
  }

  private Normalization normalization() throws ModelException {
    return fields.flag("do_normalize", true)
        ? new Normalization(fields.numbers("image_mean"), fields.numbers("image_std"))
        : new Normalization(Collections.nCopies(3, 0.0), Collections.nCopies(3, 1.0));
  }
}
