package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.Npy;
import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplingTest {

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);

  @ParameterizedTest
  @CsvSource({
    "BILINEAR, 12, 9", "BILINEAR, 16, 16", "BILINEAR, 21, 20", "BILINEAR, 32, 27",
    "BICUBIC, 12, 9", "BICUBIC, 16, 16", "BICUBIC, 21, 20", "BICUBIC, 32, 27"
  })
  void resizingGivesPillowsBits(Interpolation interpolation, int resize, int crop)
      throws Exception {
    Preprocessing preprocessing =
        new Preprocessing(resize, interpolation, crop, Normalization.IMAGENET);
    Pixels actual = pipeline.prepare(Fixtures.read("rgb.png"), preprocessing).crop();
    String name =
        "resize-%s-%d-%d.npy"
            .formatted(interpolation.name().toLowerCase(Locale.ROOT), resize, crop);
    assertThat(actual.rgb()).isEqualTo(Fixtures.array(name).values());
  }

  @Test
  void aWindowHoldsThePixelsOfTheWholeResize() {
    byte[] noise = new byte[37 * 53 * 3];
    new Random(3).nextBytes(noise);
    Upright source = new Upright(Bitmap.of(new Pixels(37, 53, noise)), Orientation.UPRIGHT);
    Resampler resampler = new Resampler();
    for (Interpolation interpolation : Interpolation.values()) {
      Pixels whole = resampler.resize(source, 22, 61, interpolation, new Window(0, 0, 22, 61));
      Window window = new Window(5, 17, 9, 31);
      Pixels part = resampler.resize(source, 22, 61, interpolation, window);
      for (int y = 0; y < window.height(); y++) {
        for (int x = 0; x < window.width() * 3; x++) {
          assertThat(part.rgb()[y * window.width() * 3 + x])
              .isEqualTo(whole.rgb()[(window.top() + y) * 22 * 3 + window.left() * 3 + x]);
        }
      }
    }
  }

  @Test
  void tenCropsAreInTorchvisionsOrder() throws Exception {
    List<Pixels> crops =
        pipeline
            .prepare(
                Fixtures.read("rgb.png"),
                new Preprocessing(20, Interpolation.BILINEAR, 12, Normalization.IMAGENET),
                CropMode.TEN,
                PreparationListener.NONE)
            .crops();
    Npy.Bytes expected = Fixtures.array("tencrop.npy");
    byte[] actual = new byte[expected.values().length];
    for (int i = 0; i < 10; i++) {
      System.arraycopy(crops.get(i).rgb(), 0, actual, i * 12 * 12 * 3, 12 * 12 * 3);
    }
    assertThat(actual).isEqualTo(expected.values());
  }

  @Test
  void aImageOfOnePixelFillsTheCrop() throws Exception {
    Pixels source = new Pixels(1, 1, new byte[] {(byte) 200, 30, 60});
    Geometry geometry = Geometry.of(source.width(), source.height(), Preprocessing.TORCHVISION_V1);
    Pixels crop =
        new Resampler()
            .resize(
                new Upright(Bitmap.of(source), Orientation.UPRIGHT),
                geometry.width(),
                geometry.height(),
                Interpolation.BICUBIC,
                geometry.center());
    for (int i = 0; i < crop.rgb().length; i++) {
      assertThat(crop.rgb()[i]).isEqualTo(source.rgb()[i % 3]);
    }
  }
}
