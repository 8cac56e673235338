package io.github.resnetserving.checkpoint.imports;

import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.util.List;

/**
 * What publishers document of the images that their networks take. Where they take blue, green,
 * red, the first convolution's kernels are turned round when a network is converted: that is exact.
 */
public enum PublishedInput {
  /** Keras Applications' preprocess_input of mode "caffe". */
  KERAS(
      unscaled(123.68, 116.779, 103.939),
      "Keras Applications document: blue, green, red, less ImageNet's means of 103.939, 116.779,"
          + " 123.68"),
  /** The mean of each channel of ResNet_mean.binaryproto, which is all but the same everywhere. */
  CAFFE(
      unscaled(123.15163084, 115.90288257, 103.0626238),
      "He's networks for Caffe document: blue, green, red, less the means of"
          + " ResNet_mean.binaryproto, 103.063, 115.903, 123.152"),
  GLUON(
      Preprocessing.TORCHVISION_V1,
      "Gluon's model zoo documents: red, green, blue with ImageNet's means and deviations"),
  /** Of the networks that were tuned on a thousand classes, at timm's size. */
  BIT(
      new Preprocessing(
          448,
          Interpolation.BILINEAR,
          448,
          new Normalization(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5))),
      "BiT documents: red, green, blue from -1 to 1, with timm's 448 pixels, which are those of"
          + " the networks of a thousand classes (the others have 224, resized to 256)");

  @SuppressWarnings("ImmutableEnumChecker") // a record of records and unmodifiable lists
  private final Preprocessing preprocessing;

  private final String description;

  PublishedInput(Preprocessing preprocessing, String description) {
    this.preprocessing = preprocessing;
    this.description = description;
  }

  /** Values of 0 to 255 less a mean, on the scale 0 to 1. */
  private static Preprocessing unscaled(double red, double green, double blue) {
    return new Preprocessing(
        256,
        Interpolation.BILINEAR,
        224,
        new Normalization(
            List.of(red / 255, green / 255, blue / 255), List.of(1 / 255.0, 1 / 255.0, 1 / 255.0)));
  }

  /** The preprocessing, in the order red, green, blue. */
  public Preprocessing preprocessing() {
    return preprocessing;
  }

  /** Whether the networks take blue, green, red. */
  public boolean isBgr() {
    return this == KERAS || this == CAFFE;
  }

  /** A clause that says who documents what. */
  public String description() {
    return description;
  }
}
