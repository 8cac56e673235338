package io.github.resnetserving.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

/** What images look like from far away. */
class LookTest {

  private final BufferedImage image = Scenes.draw(1, 320, 240);
  private final Look look = look(image);

  @Test
  void aSmallerCopyLooksTheSame() {
    assertThat(look.agreement(look(Scenes.draw(1, 160, 120)))).isGreaterThan(0.99);
  }

  @Test
  void aDarkerCopyLooksTheSame() {
    assertThat(look.agreement(look(Scenes.brightened(image, 0.6)))).isGreaterThan(0.999);
  }

  @Test
  void aCroppedCopyIsFittedToItsPlace() {
    assertThat(look.agreement(look(image.getSubimage(16, 12, 304, 228)))).isGreaterThan(0.985);
    assertThat(look.agreement(look(image.getSubimage(16, 12, 288, 216)))).isGreaterThan(0.985);
    assertThat(look(image.getSubimage(0, 0, 304, 240)).agreement(look)).isGreaterThan(0.985);
  }

  @Test
  void aMirroredCopyLooksTheSameOnceItIsMirrored() {
    Look mirrored = look(Scenes.mirrored(image));

    assertThat(look.agreement(mirrored)).isLessThan(0.9);
    assertThat(look.mirrored().agreement(mirrored)).isCloseTo(1, within(1e-9));
  }

  @Test
  void otherImagesLookDifferent() {
    for (int other = 2; other < 40; other++) {
      assertThat(look.agreement(look(Scenes.draw(other, 320, 240)))).isLessThan(0.9);
    }
  }

  @Test
  void anImageOfOneColourIsLikeNoOther() {
    Look blank = look(new BufferedImage(50, 50, BufferedImage.TYPE_INT_RGB));

    assertThat(blank.agreement(blank)).isEqualTo(-1);
    assertThat(blank.descriptor()).containsOnly(0);
  }

  @Test
  void anImageMayBeSmallerThanItsLook() {
    Look tiny = look(image.getSubimage(100, 100, 3, 2));

    assertThat(tiny.descriptor()).hasSize(256);
  }

  static Look look(BufferedImage image) {
    byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
    for (int i = 0; i < rgb.length / 3; i++) {
      int color = image.getRGB(i % image.getWidth(), i / image.getWidth());
      rgb[3 * i] = (byte) (color >> 16);
      rgb[3 * i + 1] = (byte) (color >> 8);
      rgb[3 * i + 2] = (byte) color;
    }
    return Look.of(new Pixels(image.getHeight(), image.getWidth(), rgb));
  }
}
