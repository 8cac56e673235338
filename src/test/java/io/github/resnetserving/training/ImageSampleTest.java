package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSampleTest {

  @TempDir private Path folder;

  @Test
  void aSampleIsSpreadEvenlyOverThePaths() throws Exception {
    for (int i = 0; i < 10; i++) {
      image("%s/%d.png".formatted(i < 5 ? "a" : "b", i), 10 * i);
    }
    image("beside.png", 250);

    assertThat(blues(sample(3, null))).containsExactly(0, 30, 70);
    assertThat(blues(sample(100, null)))
        .containsExactly(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 250);
  }

  @Test
  void whatTrainingHoldsOutCanBeLeftOut() throws Exception {
    for (int i = 0; i < 20; i++) {
      image("%s/%02d.png".formatted(i < 10 ? "a" : "b", i), 10 * i);
    }
    List<Integer> labels = IntStream.range(0, 20).map(i -> i / 10).boxed().toList();
    List<Integer> learnt = Split.stratified(labels, 2, 0.2).training();

    assertThat(blues(sample(100, 0.2)))
        .containsExactlyElementsOf(learnt.stream().map(i -> 10 * i).toList());
  }

  @Test
  void aFileThatIsNoImageIsNamed() throws Exception {
    Files.writeString(folder.resolve("notes.txt"), "no image");

    assertThatThrownBy(() -> sample(1, null))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("notes.txt is no image that can be read: ");
  }

  @Test
  void anEmptyFolderIsRefused() {
    assertThatThrownBy(() -> sample(1, null)).hasMessage(folder + " holds no images");
  }

  private List<Pixels> sample(int count, @Nullable Double without) throws IOException {
    return ImageSample.read(
        folder, count, without, Preprocessing.CIFAR, new ImagePipeline(DecodePolicy.DEFAULT));
  }

  /** The blue of each image's first pixel. */
  private static List<Integer> blues(List<Pixels> images) {
    return images.stream().map(image -> image.rgb()[2] & 0xff).toList();
  }

  private void image(String name, int blue) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, blue);
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
