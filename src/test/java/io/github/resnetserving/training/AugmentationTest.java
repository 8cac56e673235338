package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.models.Normalization;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AugmentationTest {

  private static final int SIZE = 16;
  private static final int SHIFT = 2;
  private static final int[] MEAN = {125, 123, 114}; // CIFAR-10's mean colour, rounded

  @Test
  void aImageIsShiftedOrMirroredAndTheMeanColourComesIn() {
    byte[] image = image();
    Augmentation augmentation = new Augmentation(SIZE, Normalization.CIFAR10);
    byte[] result = new byte[image.length + 5];
    Set<String> seen = new HashSet<>();

    for (int seed = 0; seed < 500; seed++) {
      augmentation.apply(image, new SplittableRandom(seed), result, 5);
      seen.add(explain(image, result));
    }

    assertThat(seen).hasSize(2 * (2 * SHIFT + 1) * (2 * SHIFT + 1)).doesNotContain("none");
  }

  /** Which shift and mirroring turns one image into the other. */
  private static String explain(byte[] image, byte[] result) {
    for (int dy = -SHIFT; dy <= SHIFT; dy++) {
      for (int dx = -SHIFT; dx <= SHIFT; dx++) {
        for (boolean mirrored : new boolean[] {false, true}) {
          if (matches(image, result, dy, dx, mirrored)) {
            return "%d %d %s".formatted(dy, dx, mirrored);
          }
        }
      }
    }
    return "none";
  }

  private static boolean matches(byte[] image, byte[] result, int dy, int dx, boolean mirrored) {
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int fromY = y + dy;
        int fromX = (mirrored ? SIZE - 1 - x : x) + dx;
        boolean inside = fromY >= 0 && fromY < SIZE && fromX >= 0 && fromX < SIZE;
        for (int c = 0; c < 3; c++) {
          int expected = inside ? image[3 * (fromY * SIZE + fromX) + c] & 0xff : MEAN[c];
          if ((result[5 + 3 * (y * SIZE + x) + c] & 0xff) != expected) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static byte[] image() {
    byte[] image = new byte[SIZE * SIZE * 3];
    for (int i = 0; i < image.length; i++) {
      image[i] = (byte) (i % 251);
    }
    return image;
  }
}
