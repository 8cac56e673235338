package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole images, resized in tiles. */
class PreviewTest {

  @ParameterizedTest
  @CsvSource({
    "3000, 2000, 1024, 683",
    "2000, 3000, 683, 1024",
    "20000, 3, 1024, 1",
    "3, 20000, 1, 1024",
    "30000, 70, 1024, 2",
    "70, 30000, 2, 1024",
    "100, 3, 256, 8",
    "1500, 1024, 1024, 699"
  })
  void tilesHaveTheBitsOfTheWhole(int width, int height, int previewWidth, int previewHeight) {
    byte[] noise = new byte[width * height * 3];
    new Random(7).nextBytes(noise);
    Bitmap bitmap = Bitmap.of(new Pixels(height, width, noise));
    for (Orientation orientation :
        new Orientation[] {Orientation.UPRIGHT, Orientation.TRANSVERSE}) {
      Upright image = new Upright(bitmap, orientation);
      boolean turned = orientation.swapsAxes();
      int columns = turned ? previewHeight : previewWidth;
      int rows = turned ? previewWidth : previewHeight;
      Pixels preview = new Preview(image, new Resampler(), PreparationListener.NONE).pixels();
      assertThat(preview.width()).isEqualTo(columns);
      assertThat(preview.height()).isEqualTo(rows);
      Pixels whole =
          new Resampler()
              .resize(
                  image, columns, rows, Interpolation.BILINEAR, new Window(0, 0, columns, rows));
      assertThat(preview.rgb()).isEqualTo(whole.rgb());
    }
  }

  /** Arrays of 2 MiB each, some of which are made again, and the result. */
  @ParameterizedTest
  @CsvSource({"1000000, 40", "40, 1000000", "1000000, 1", "1, 1000000", "65000, 700", "6000, 6000"})
  void aStripTakesNoMoreMemoryThanAScreen(int width, int height) {
    Upright image =
        new Upright(
            Bitmap.of(new Pixels(height, width, new byte[width * height * 3])),
            Orientation.UPRIGHT);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    var _ = new Preview(image, new Resampler(), PreparationListener.NONE).pixels();
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(40_000_000);
  }
}
