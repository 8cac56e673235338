package io.github.resnetserving.training;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import javax.imageio.ImageIO;

/** Folders of noise that is bright or dark, as data sets. */
final class SyntheticImages {

  private SyntheticImages() {}

  /** Writes {@code folder/dark/NN.png} and {@code folder/bright/NN.png}. */
  static void write(Path folder, int perClass, int side) throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < perClass; i++) {
      image(folder.resolve("dark/%03d.png".formatted(i)), side, 0, random);
      image(folder.resolve("bright/%03d.png".formatted(i)), side, 128, random);
    }
  }

  private static void image(Path file, int side, int base, Random random) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int level = base + random.nextInt(128);
        image.setRGB(x, y, level << 16 | level << 8 | level);
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
