package io.github.resnetserving.audit;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import javax.imageio.ImageIO;

/** Drawn images with something to see in them: ellipses and a slope of colour. */
public final class Scenes {

  private Scenes() {}

  /** The same number draws the same scene, at any size. */
  public static BufferedImage draw(int number, int width, int height) {
    Random random = new Random(number);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(color(random));
    graphics.fillRect(0, 0, width, height);
    for (int i = 0; i < 12; i++) {
      graphics.setColor(color(random));
      graphics.fillOval(
          (int) (width * (random.nextDouble() - 0.2)),
          (int) (height * (random.nextDouble() - 0.2)),
          (int) (width * (0.1 + 0.5 * random.nextDouble())),
          (int) (height * (0.1 + 0.5 * random.nextDouble())));
    }
    graphics.dispose();
    return image;
  }

  private static Color color(Random random) {
    return new Color(random.nextInt(200), random.nextInt(200), random.nextInt(200));
  }

  /** Left and right exchanged. */
  public static BufferedImage mirrored(BufferedImage image) {
    BufferedImage turned =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    turned
        .createGraphics()
        .drawImage(image, image.getWidth(), 0, -image.getWidth(), image.getHeight(), null);
    return turned;
  }

  /** Each level times a factor. */
  static BufferedImage brightened(BufferedImage image, double factor) {
    BufferedImage other =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < image.getWidth() * image.getHeight(); i++) {
      Color color = new Color(image.getRGB(i % image.getWidth(), i / image.getWidth()));
      other.setRGB(
          i % image.getWidth(),
          i / image.getWidth(),
          new Color(
                  (int) Math.min(255, factor * color.getRed()),
                  (int) Math.min(255, factor * color.getGreen()),
                  (int) Math.min(255, factor * color.getBlue()))
              .getRGB());
    }
    return other;
  }

  /** Writes an image as its name ends: {@code .png} or {@code .jpg}. */
  public static void write(Path file, BufferedImage image) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    String name = file.toString();
    ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile());
  }

  /** Writes so many scenes into a folder, from a number on. */
  public static void fill(Path folder, int from, int count) throws IOException {
    for (int i = from; i < from + count; i++) {
      write(folder.resolve("%03d.png".formatted(i)), draw(i, 64, 48));
    }
  }
}
