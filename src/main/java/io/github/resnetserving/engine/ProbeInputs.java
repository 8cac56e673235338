package io.github.resnetserving.engine;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Images to compare plans on: waves of random length, direction and colour with some noise, so that
 * both slow and fast changes of brightness occur. The same at every call.
 */
final class ProbeInputs {

  private static final int WAVES = 6;
  private static final double NOISE = 12;

  private ProbeInputs() {}

  static List<Pixels> of(int count, int side) {
    SplittableRandom random = new SplittableRandom(/* seed= */ 1);
    List<Pixels> images = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      images.add(image(side, random));
    }
    return images;
  }

  private static Pixels image(int side, SplittableRandom random) {
    double[] values = new double[side * side * 3];
    for (int wave = 0; wave < WAVES; wave++) {
      double angle = random.nextDouble(2 * Math.PI);
      double cycles = Math.pow(2, random.nextDouble(0, 5)); // across the image
      double along = 2 * Math.PI * cycles * Math.cos(angle) / side;
      double down = 2 * Math.PI * cycles * Math.sin(angle) / side;
      double[] colour = {random.nextDouble(60), random.nextDouble(60), random.nextDouble(60)};
      for (int i = 0; i < values.length; i++) {
        int x = i / 3 % side;
        int y = i / 3 / side;
        values[i] += colour[i % 3] * Math.sin(along * x + down * y);
      }
    }
    byte[] rgb = new byte[values.length];
    for (int i = 0; i < rgb.length; i++) {
      double value = 128 + values[i] + random.nextGaussian() * NOISE;
      rgb[i] = (byte) Math.round(Math.clamp(value, 0, 255));
    }
    return new Pixels(side, side, rgb);
  }
}
