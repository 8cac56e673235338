package io.github.resnetserving.training;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.github.resnetserving.image.Scaler;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A random change of an image that keeps its class. The result follows from the image and the state
 * of the generator alone; the image itself is not changed.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Augmentation.PadCrop.class, name = "pad-crop"),
  @JsonSubTypes.Type(value = Augmentation.RandomResizedCrop.class, name = "random-resized-crop"),
  @JsonSubTypes.Type(value = Augmentation.ScaleCrop.class, name = "scale-crop"),
  @JsonSubTypes.Type(value = Augmentation.Flip.class, name = "flip"),
  @JsonSubTypes.Type(value = Augmentation.ColorJitter.class, name = "color-jitter"),
  @JsonSubTypes.Type(value = Augmentation.PcaColor.class, name = "pca-color"),
  @JsonSubTypes.Type(value = TrivialAugment.class, name = "trivial-augment"),
  @JsonSubTypes.Type(value = Augmentation.RandomErasing.class, name = "random-erasing")
})
sealed interface Augmentation permits Augmentation.Simple, TrivialAugment {

  Pixels apply(Pixels image, Canvas canvas, SplittableRandom random);

  /** What is here. */
  sealed interface Simple extends Augmentation {}

  /**
   * Pads with the mean colour on all sides, then cuts out a square of the canvas's side (He et al.
   * 2015, section 4.2).
   *
   * @param padding pixels on each side; 0 for an eighth of the side
   */
  record PadCrop(int padding) implements Simple {
    @Override
    public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
      int width = padding > 0 ? padding : canvas.side() / 8;
      int left = random.nextInt(image.width() + 2 * width - canvas.side() + 1) - width;
      int top = random.nextInt(image.height() + 2 * width - canvas.side() + 1) - width;
      return at(image, left, top, canvas);
    }

    /** The square that begins at a place, which may lie outside. */
    static Pixels at(Pixels image, int left, int top, Canvas canvas) {
      int side = canvas.side();
      byte[] rgb = new byte[3 * side * side];
      byte[] outside = {canvas.mean(0), canvas.mean(1), canvas.mean(2)};
      int from = Math.clamp(-left, 0, side);
      int to = Math.clamp(image.width() - left, from, side);
      for (int y = 0; y < side; y++) {
        int row = 3 * side * y;
        boolean inside = top + y >= 0 && top + y < image.height();
        for (int x = 0; x < side; x++) {
          if (!inside || x < from || x >= to) {
            System.arraycopy(outside, 0, rgb, row + 3 * x, 3);
          }
        }
        if (inside) {
          int source = 3 * ((top + y) * image.width() + left + from);
          System.arraycopy(image.rgb(), source, rgb, row + 3 * from, 3 * (to - from));
        }
      }
      return new Pixels(side, side, rgb);
    }
  }

  /**
   * A rectangle of random area and aspect ratio, resized to a square (Szegedy et al. 2014;
   * torchvision's {@code RandomResizedCrop}).
   *
   * @param scale smallest and largest share of the image's area
   * @param ratio narrowest and widest ratio of width to height
   */
  record RandomResizedCrop(List<Double> scale, List<Double> ratio) implements Simple {

    private static final int TRIES = 10;

    public RandomResizedCrop {
      scale = scale == null ? List.of(0.08, 1.0) : List.copyOf(scale);
      ratio = ratio == null ? List.of(3 / 4.0, 4 / 3.0) : List.copyOf(ratio);
      if (scale.size() != 2
          || ratio.size() != 2
          || !(scale.getFirst() > 0)
          || scale.getFirst() > scale.getLast()
          || scale.getLast() > 1
          || !(ratio.getFirst() > 0)
          || ratio.getFirst() > ratio.getLast()) {
        throw new IllegalArgumentException(
            "scale is %s and ratio %s: each is a smaller and a larger number above 0, scale up to 1"
                .formatted(scale, ratio));
      }
    }

    @Override
    public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
      double area = (double) image.width() * image.height();
      double narrowest = Math.log(ratio.getFirst());
      double widest = Math.log(ratio.getLast());
      for (int i = 0; i < TRIES; i++) {
        double target = area * between(random, scale.getFirst(), scale.getLast());
        double aspect = Math.exp(between(random, narrowest, widest));
        int width = (int) Math.rint(Math.sqrt(target * aspect));
        int height = (int) Math.rint(Math.sqrt(target / aspect));
        if (width > 0 && width <= image.width() && height > 0 && height <= image.height()) {
          int top = random.nextInt(image.height() - height + 1);
          int left = random.nextInt(image.width() - width + 1);
          return canvas.crop(image, left, top, width, height);
        }
      }
      int width = image.width();
      int height = image.height();
      double aspect = (double) width / height;
      if (aspect < ratio.getFirst()) {
        height = (int) Math.rint(width / ratio.getFirst());
      } else if (aspect > ratio.getLast()) {
        width = (int) Math.rint(height * ratio.getLast());
      }
      return canvas.crop(
          image, (image.width() - width) / 2, (image.height() - height) / 2, width, height);
    }
  }

  /**
   * Resizes the short edge to a random length, then cuts out a square at a random place: scale
   * augmentation (Simonyan and Zisserman 2014; He et al. 2015, section 3.4). The lengths are for a
   * canvas of 224 pixels, and change with it.
   *
   * @param shortest length of the short edge
   * @param longest length of the short edge
   */
  record ScaleCrop(int shortest, int longest) implements Simple {

    private static final int NOMINAL = 224;

    public ScaleCrop {
      if (shortest < NOMINAL || shortest > longest) {
        throw new IllegalArgumentException(
            "shortest is %d and longest %d: they are at least 224, the crop that they are for"
                .formatted(shortest, longest));
      }
    }

    @Override
    public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
      int edge = edge(shortest + random.nextInt(longest - shortest + 1), canvas.side());
      Pixels resized = canvas.scaler().shortEdge(image, edge, canvas.interpolation());
      int top = random.nextInt(resized.height() - canvas.side() + 1);
      int left = random.nextInt(resized.width() - canvas.side() + 1);
      return Scaler.crop(resized, left, top, canvas.side(), canvas.side());
    }

    static int edge(int nominal, int side) {
      return (nominal * side + NOMINAL / 2) / NOMINAL;
    }
  }

  /**
   * Mirrors.
   *
   * @param probability of doing so; half where it is not given
   */
  record Flip(Double probability) implements Simple {
    public Flip {
      probability = probability == null ? Double.valueOf(0.5) : probability;
    }

    @Override
    public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
      return random.nextDouble() < probability ? mirrored(image) : image;
    }

    static Pixels mirrored(Pixels image) {
      byte[] rgb = new byte[image.rgb().length];
      int width = image.width();
      for (int y = 0; y < image.height(); y++) {
        for (int x = 0; x < width; x++) {
          System.arraycopy(
              image.rgb(), 3 * (y * width + width - 1 - x), rgb, 3 * (y * width + x), 3);
        }
      }
      return new Pixels(image.height(), width, rgb);
    }
  }

  /**
   * Changes brightness, contrast, saturation and hue, in random order, as torchvision's {@code
   * ColorJitter} does.
   *
   * @param brightness factors from {@code 1 - brightness} to {@code 1 + brightness}
   * @param contrast likewise
   * @param saturation likewise
   * @param hue turns of the colour circle, at most 0.5 either way
   */
  record ColorJitter(double brightness, double contrast, double saturation, double hue)
      implements Simple {
    @Override
    public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
      int[] order = {0, 1, 2, 3};
      for (int i = order.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
      }
      float brighter = (float) factor(random, brightness);
      float harder = (float) factor(random, contrast);
      float fuller = (float) factor(random, saturation);
      double turn = between(random, -hue, hue);
      Pixels result = image;
      for (int step : order) {
        result =
            switch (step) {
              case 0 -> brightness == 0 ? result : PillowOps.brightness(result, brighter);
              case 1 -> contrast == 0 ? result : PillowOps.contrast(result, harder);
              case 2 -> saturation == 0 ? result : PillowOps.color(result, fuller);
              default -> hue == 0 ? result : PillowOps.hue(result, turn);
            };
      }
      return result;
    }

    private static double factor(SplittableRandom random, double spread) {
      return between(random, Math.max(0, 1 - spread), 1 + spread);
    }
  }

  /**
   * Shifts colours along the principal components of ImageNet's pixels (Krizhevsky et al. 2012,
   * section 4.1), with the components that are usual since.
   *
   * @param deviation standard deviation of the shares of the components; 0.1 in the paper
   */
  record PcaColor(double deviation) implements Simple {

    private static final double[] EIGENVALUES = {0.2175, 0.0188, 0.0045};
    private static final double[][] EIGENVECTORS = {
      {-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}
    };

    @Override
    public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
      double[] shares = new double[3];
      for (int i = 0; i < 3; i++) {
        shares[i] = deviation * random.nextGaussian();
      }
      return shifted(image, shares);
    }

    static Pixels shifted(Pixels image, double... shares) {
      byte[] rgb = image.rgb().clone();
      for (int c = 0; c < 3; c++) {
        double shift = 0;
        for (int i = 0; i < 3; i++) {
          shift += EIGENVECTORS[c][i] * shares[i] * EIGENVALUES[i];
        }
        for (int i = c; i < rgb.length; i += 3) {
          rgb[i] = (byte) Math.clamp((int) Math.rint((rgb[i] & 0xff) + 255 * shift), 0, 255);
        }
      }
      return new Pixels(image.height(), image.width(), rgb);
    }
  }

  /**
   * Covers a rectangle with the mean colour (Zhong et al. 2017; torchvision's {@code
   * RandomErasing}: 2 to 33 % of the area, ratio 0.3 to 3.3).
   *
   * @param probability of doing so
   */
  record RandomErasing(double probability) implements Simple {

    private static final int TRIES = 10;

    @Override
    public Pixels apply(Pixels image, Canvas canvas, SplittableRandom random) {
      if (random.nextDouble() >= probability) {
        return image;
      }
      for (int i = 0; i < TRIES; i++) {
        double area = image.width() * image.height() * between(random, 0.02, 0.33);
        double aspect = Math.exp(between(random, Math.log(0.3), Math.log(3.3)));
        int height = (int) Math.rint(Math.sqrt(area * aspect));
        int width = (int) Math.rint(Math.sqrt(area / aspect));
        if (height < image.height() && width < image.width()) {
          int top = random.nextInt(image.height() - height + 1);
          int left = random.nextInt(image.width() - width + 1);
          return covered(image, left, top, width, height, canvas);
        }
      }
      return image;
    }

    static Pixels covered(Pixels image, int left, int top, int width, int height, Canvas canvas) {
      byte[] rgb = image.rgb().clone();
      for (int c = 0; c < 3; c++) {
        byte mean = canvas.mean(c);
        for (int y = top; y < top + height; y++) {
          for (int x = left; x < left + width; x++) {
            rgb[3 * (y * image.width() + x) + c] = mean;
          }
        }
      }
      return new Pixels(image.height(), image.width(), rgb);
    }
  }

  private static double between(SplittableRandom random, double least, double most) {
    return least + (most - least) * random.nextDouble();
  }

  /** Applies one after the other; what is then no square of the canvas's side is cut to it. */
  static Pixels all(
      List<Augmentation> steps, Pixels image, Canvas canvas, SplittableRandom random) {
    boolean crops =
        steps.stream()
            .anyMatch(step ->
                step instanceof PadCrop
                    || step instanceof RandomResizedCrop
                    || step instanceof ScaleCrop);
    Pixels result = crops ? image : canvas.center(image);
    for (Augmentation step : steps) {
      result = step.apply(result, canvas, random);
    }
    return result;
  }

  /** The length of the short edge that images are kept at for these steps. */
  static int edge(List<Augmentation> steps, int side, int resize) {
    int edge = resize;
    for (Augmentation step : steps) {
      edge =
          switch (step) {
            case PadCrop _ -> side;
            case ScaleCrop(int _, int longest) -> ScaleCrop.edge(longest, side);
            default -> edge;
          };
    }
    return edge;
  }

  /** The steps in words. */
  static String describe(List<Augmentation> steps) {
    return steps.isEmpty()
        ? "none"
        : String.join(", ", Arrays.stream(steps.toArray()).map(String::valueOf).toList());
  }
}
