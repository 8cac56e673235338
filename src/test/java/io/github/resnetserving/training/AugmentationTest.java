package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.image.Scaler;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.training.Augmentation.PadCrop;
import io.github.resnetserving.training.Augmentation.PcaColor;
import io.github.resnetserving.training.Augmentation.RandomErasing;
import io.github.resnetserving.training.Augmentation.RandomResizedCrop;
import io.github.resnetserving.training.Augmentation.ScaleCrop;
import io.github.resnetserving.training.Mixing.Box;
import io.github.resnetserving.training.TrivialAugment.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The pixels are those of Pillow, torchvision and numpy: see make.py beside augmentations.json. */
class AugmentationTest {

  private static final int WIDTH = 13;
  private static final int HEIGHT = 11;
  private static final JsonNode EXPECTED = expected();
  private static final Pixels IMAGE =
      new Pixels(HEIGHT, WIDTH, bytes(EXPECTED.get("input").asString()));

  private static JsonNode expected() {
    try {
      return new JsonMapper()
          .readTree(Files.readString(Path.of("src/test/resources/training/augmentations.json")));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  @TestFactory
  Stream<DynamicTest> eachGivesTheExpectedPixels() {
    return EXPECTED
        .get("cases")
        .propertyStream()
        .map(entry ->
            DynamicTest.dynamicTest(
                entry.getKey(),
                () ->
                    assertThat(apply(entry.getKey()))
                        .containsExactly(bytes(entry.getValue().asString()))));
  }

  private static byte[] apply(String name) {
    String[] words = name.split(" ", -1);
    Canvas canvas = canvas(HEIGHT);
    return switch (words[0]) {
      case "hue" -> PillowOps.hue(IMAGE, Double.parseDouble(words[1])).rgb();
      case "flip" -> Augmentation.Flip.mirrored(IMAGE).rgb();
      case "crop" ->
          canvas(number(words[5]))
              .crop(IMAGE, number(words[1]), number(words[2]), number(words[3]), number(words[4]))
              .rgb();
      case "short" -> new Scaler().shortEdge(IMAGE, 8, Interpolation.BILINEAR).rgb();
      case "pad" -> PadCrop.at(IMAGE, number(words[1]), number(words[2]), canvas).rgb();
      case "erase" -> RandomErasing.covered(IMAGE, 2, 3, 4, 5, canvas).rgb();
      case "pca" -> PcaColor.shifted(IMAGE, 0.13, -0.2, 0.05).rgb();
      case "mixup" -> mixed(new Mixing(0.3, Box.EMPTY));
      case "cutmix" -> mixed(Mixing.cut(0.6, 3, 8, HEIGHT));
      default ->
          TrivialAugment.apply(
                  IMAGE,
                  Operation.valueOf(words[0]),
                  number(words[1]),
                  Boolean.parseBoolean(words[2]))
              .rgb();
    };
  }

  private static int number(String word) {
    return Integer.parseInt(word);
  }

  private static Canvas canvas(int side) {
    return new Canvas(side, Interpolation.BILINEAR, Normalization.CIFAR10, new Scaler());
  }

  /** Three squares of the image, mixed. */
  private static byte[] mixed(Mixing mixing) {
    int length = 3 * HEIGHT * HEIGHT;
    byte[] batch = new byte[3 * length];
    byte[] left = Scaler.crop(IMAGE, 0, 0, HEIGHT, HEIGHT).rgb();
    System.arraycopy(left, 0, batch, 0, length);
    System.arraycopy(Scaler.crop(IMAGE, 2, 0, HEIGHT, HEIGHT).rgb(), 0, batch, length, length);
    for (int y = 0; y < HEIGHT; y++) {
      System.arraycopy(
          left, (HEIGHT - 1 - y) * 3 * HEIGHT, batch, 2 * length + y * 3 * HEIGHT, 3 * HEIGHT);
    }
    mixing.apply(batch, 3, HEIGHT);
    return batch;
  }

  @Test
  void cutMixSharesTargetsByTheAreaThatIsLeft() {
    Mixing mixing = Mixing.cut(0.6, 3, 8, HEIGHT);

    assertThat(mixing.share()).isEqualTo(EXPECTED.get("cutmixShare").asDouble());
    float share = (float) mixing.share();
    float other = (float) (1 - mixing.share());
    assertThat(mixing.targets(new int[] {0, 1, 1}, 2))
        .containsExactly(share, other, other, share, 0, share + other);
  }

  @Test
  void theSameStateOfTheGeneratorGivesTheSameImageAndNothingChangesTheImageItself() {
    List<Augmentation> all = new ArrayList<>();
    all.add(new RandomResizedCrop(List.of(0.3, 1.0), List.of(0.75, 1.34)));
    all.add(new Augmentation.Flip(0.5));
    all.add(new Augmentation.ColorJitter(0.4, 0.4, 0.4, 0.1));
    all.add(new PcaColor(0.1));
    all.add(new TrivialAugment());
    all.add(new RandomErasing(0.5));
    byte[] before = IMAGE.rgb().clone();

    for (int seed = 0; seed < 200; seed++) {
      Pixels one = Augmentation.all(all, IMAGE, canvas(8), new SplittableRandom(seed));
      Pixels two = Augmentation.all(all, IMAGE, canvas(8), new SplittableRandom(seed));

      assertThat(one.rgb()).containsExactly(two.rgb());
      assertThat(one.width()).isEqualTo(8);
      assertThat(one.height()).isEqualTo(8);
    }
    assertThat(IMAGE.rgb()).containsExactly(before);
  }

  @Test
  void scaleCropTakesSquaresOfImagesWhoseShortEdgeIsInItsRange() {
    ScaleCrop crop = new ScaleCrop(256, 480);
    Pixels image = new Pixels(480, 600, new byte[480 * 600 * 3]);
    Arrays.fill(image.rgb(), (byte) 7);

    Pixels square = crop.apply(image, canvas(224), new SplittableRandom(1));

    assertThat(square.width()).isEqualTo(224);
    assertThat(square.rgb()).containsOnly(7);
    assertThat(Augmentation.edge(List.of(crop), 112, 128)).isEqualTo(240);
  }

  @Test
  void withoutACropTheCentreIsTakenAsInServing() {
    Pixels centre = Augmentation.all(List.of(), IMAGE, canvas(8), new SplittableRandom(1));

    assertThat(centre.rgb()).containsExactly(Scaler.crop(IMAGE, 2, 2, 8, 8).rgb());
  }
}
