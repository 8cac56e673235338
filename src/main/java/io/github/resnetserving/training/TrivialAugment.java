package io.github.resnetserving.training;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.SplittableRandom;

/**
 * One operation of random strength (Müller and Hutter 2021, arXiv 2103.10158), with the operations
 * and strengths of torchvision's {@code TrivialAugmentWide}.
 */
record TrivialAugment() implements Augmentation {

  private static final int BINS = 31;

  /** In torchvision's order. */
  enum Operation {
    IDENTITY,
    SHEAR_X,
    SHEAR_Y,
    TRANSLATE_X,
    TRANSLATE_Y,
    ROTATE,
    BRIGHTNESS,
    COLOR,
    CONTRAST,
    SHARPNESS,
    POSTERIZE,
    SOLARIZE,
    AUTO_CONTRAST,
    EQUALIZE
  }

  @Override
  public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
    Operation[] operations = Operation.values();
    Operation operation = operations[random.nextInt(operations.length)];
    int bin = random.nextInt(BINS);
    return apply(image, operation, bin, random.nextBoolean());
  }

  /**
   * Applies one operation.
   *
   * @param bin strength, from 0 to 30
   * @param negative whether it goes the other way, where there is one
   */
  static Pixels apply(Pixels image, Operation operation, int bin, boolean negative) {
    double share = bin / (BINS - 1.0);
    double signed = negative ? -share : share;
    float factor = (float) (1 + 0.99 * signed);
    int pixels = (int) (32 * signed);
    return switch (operation) {
      case IDENTITY -> image;
      case SHEAR_X -> PillowOps.affine(image, 1, 0.99 * signed, 0, 0, 1, 0);
      case SHEAR_Y -> PillowOps.affine(image, 1, 0, 0, 0.99 * signed, 1, 0);
      case TRANSLATE_X -> PillowOps.affine(image, 1, 0, -pixels, 0, 1, 0);
      case TRANSLATE_Y -> PillowOps.affine(image, 1, 0, 0, 0, 1, -pixels);
      case ROTATE -> PillowOps.rotate(image, 135 * signed);
      case BRIGHTNESS -> PillowOps.brightness(image, factor);
      case COLOR -> PillowOps.color(image, factor);
      case CONTRAST -> PillowOps.contrast(image, factor);
      case SHARPNESS -> PillowOps.sharpness(image, factor);
      case POSTERIZE -> PillowOps.posterize(image, 8 - (int) Math.rint(6 * share));
      case SOLARIZE -> PillowOps.solarize(image, 255 * (1 - share));
      case AUTO_CONTRAST -> PillowOps.autoContrast(image);
      case EQUALIZE -> PillowOps.equalize(image);
    };
  }
}
