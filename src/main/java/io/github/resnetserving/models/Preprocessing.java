package io.github.resnetserving.models;

import java.util.Locale;

/**
 * What a network expects of its input: resize the short edge, crop the centre, standardise.
 *
 * @param resize length of the short edge after resizing, in pixels
 * @param interpolation how the resize weighs pixels
 * @param crop side of the square that is cut from the centre, in pixels; at most {@code resize}
 * @param normalization standardisation of the cropped values
 */
public record Preprocessing(
    int resize, Interpolation interpolation, int crop, Normalization normalization) {

  /** torchvision's first weights (IMAGENET1K_V1): 256, then 224. */
  public static final Preprocessing TORCHVISION_V1 =
      new Preprocessing(256, Interpolation.BILINEAR, 224, Normalization.IMAGENET);

  /** torchvision's newer weights (IMAGENET1K_V2): 232, then 224. */
  public static final Preprocessing TORCHVISION_V2 =
      new Preprocessing(232, Interpolation.BILINEAR, 224, Normalization.IMAGENET);

  /** CIFAR-10's 32 pixels as they are. */
  public static final Preprocessing CIFAR =
      new Preprocessing(32, Interpolation.BILINEAR, 32, Normalization.CIFAR10);

  public Preprocessing {
    if (crop < 1 || crop > resize) {
      throw new IllegalArgumentException(
          "crop is %d: it must be between 1 and resize, which is %d".formatted(crop, resize));
    }
  }

  /**
   * A short name that tells this preprocessing from any other, such as {@code
   * resize256-bilinear-crop224}; statistics other than ImageNet's add a hash of theirs.
   */
  public String id() {
    String geometry =
        "resize%d-%s-crop%d".formatted(resize, interpolation.name().toLowerCase(Locale.ROOT), crop);
    String statistics = normalization.mean() + " " + normalization.std();
    return normalization.equals(Normalization.IMAGENET)
        ? geometry
        : "%s-norm%08x".formatted(geometry, statistics.hashCode());
  }

  /** How a resize weighs source pixels; always antialiased, as Pillow does it. */
  public enum Interpolation {
    BILINEAR,
    BICUBIC
  }

  /** What a network is shown of an image. */
  public enum CropMode {
    /** The crop from the centre. */
    CENTER,
    /**
     * Ten-crop testing (Krizhevsky et al. 2012): the four corners and the centre, then the same of
     * the mirrored image.
     */
    TEN,
    /** The crop from the centre, and beside it the image that it was cut from, for people. */
    CENTER_WITH_IMAGE;

    /** How many crops that makes of an image. */
    public int crops() {
      return this == TEN ? 10 : 1;
    }
  }
}
