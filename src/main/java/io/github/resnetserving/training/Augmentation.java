package io.github.resnetserving.training;

import io.github.resnetserving.models.Normalization;
import java.util.SplittableRandom;

/**
 * Shifts an image at random by up to an eighth of its side (four pixels of 32) and mirrors it half
 * of the time (He et al. 2015, section 4.2). What comes in from outside has the data set's mean
 * colour, which is zero once standardised.
 */
final class Augmentation {

  private final int size;
  private final int padding;

  private final byte[] outside; // (size, 3): a row of the mean colour

  Augmentation(int size, Normalization normalization) {
    this.size = size;
    this.padding = size / 8;
    this.outside = new byte[3 * size];
    for (int i = 0; i < outside.length; i++) {
      outside[i] = (byte) Math.round(255 * normalization.mean().get(i % 3));
    }
  }

  /** Writes the changed (size, size, 3) image into {@code batch} from {@code offset}. */
  void apply(byte[] image, SplittableRandom random, byte[] batch, int offset) {
    int dy = random.nextInt(2 * padding + 1) - padding;
    int dx = random.nextInt(2 * padding + 1) - padding;
    boolean mirrored = random.nextBoolean();
    int row = 3 * size;
    for (int y = 0; y < size; y++) {
      int target = offset + y * row;
      int from = y + dy;
      if (from < 0 || from >= size) {
        System.arraycopy(outside, 0, batch, target, row);
        continue;
      }
      if (mirrored) {
        mirrorRow(image, from * row, dx, batch, target);
      } else {
        shiftRow(image, from * row, dx, batch, target);
      }
    }
  }

  private void shiftRow(byte[] image, int source, int dx, byte[] batch, int target) {
    int row = 3 * size;
    int visible = 3 * (size - Math.abs(dx));
    System.arraycopy(outside, 0, batch, target, row);
    System.arraycopy(
        image, source + 3 * Math.max(dx, 0), batch, target + 3 * Math.max(-dx, 0), visible);
  }

  private void mirrorRow(byte[] image, int source, int dx, byte[] batch, int target) {
    for (int x = 0; x < size; x++) {
      int from = size - 1 - x + dx;
      int at = target + 3 * x;
      if (from < 0 || from >= size) {
        System.arraycopy(outside, 0, batch, at, 3);
      } else {
        System.arraycopy(image, source + 3 * from, batch, at, 3);
      }
    }
  }
}
