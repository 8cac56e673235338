package io.github.resnetserving.evaluation;

import io.github.resnetserving.evaluation.Evaluation.Mistake;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** Thumbnails, above all of the images that were mistaken. */
final class Thumbnails {

  static final int SIDE = 128;

  /** The middle of the image, which is what one crop shows too. */
  private static final Preprocessing SQUARE =
      new Preprocessing(SIDE, Interpolation.BILINEAR, SIDE, Normalization.IMAGENET);

  private Thumbnails() {}

  /** A PNG for each mistake by its {@link #name}, but for images that cannot be read again. */
  static SequencedMap<String, byte[]> of(List<Mistake> mistakes) throws IOException {
    SequencedMap<String, byte[]> pngs = new LinkedHashMap<>();
    ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
    for (int i = 0; i < mistakes.size(); i++) {
      Optional<BufferedImage> square = square(mistakes.get(i).image().file(), pipeline);
      if (square.isPresent()) {
        pngs.put(name(i), Charts.png(square.get()));
      }
    }
    return pngs;
  }

  /** The middle of an image; none where it cannot be read, which whoever shows it says. */
  static Optional<BufferedImage> square(Sample.Source file, ImagePipeline pipeline) {
    try {
      return Optional.of(buffered(pipeline.prepare(file.read(), SQUARE).crop()));
    } catch (ImageException | IOException _) {
      return Optional.empty();
    }
  }

  /** What the thumbnail of a mistake is called, counted from 0. */
  static String name(int mistake) {
    return "mistake-%02d.png".formatted(mistake + 1);
  }

  private static BufferedImage buffered(Pixels pixels) {
    BufferedImage image =
        new BufferedImage(pixels.width(), pixels.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = pixels.rgb();
    for (int i = 0; i < pixels.width() * pixels.height(); i++) {
      int pixel =
          (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff);
      image.setRGB(i % pixels.width(), i / pixels.width(), pixel);
    }
    return image;
  }
}
