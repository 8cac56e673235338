package io.github.resnetserving.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.CostOracle;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

class ExifFuzzTest {

  /** A TIFF begins as EXIF does. */
  static List<byte[]> images() {
    return FuzzedImages.seeds(".tif");
  }

  /** At the bytes' beginning, and behind what lies before EXIF in a JPEG. */
  @MethodSource("images")
  @FuzzTest
  void segment(byte[] bytes) {
    CostOracle.IMAGES.check(
        bytes,
        bytes.length,
        ImageException.class,
        () -> {
          Orientation _ = Exif.orientation(bytes, 0, bytes.length);
          Orientation _ = Exif.orientation(bytes, 6, bytes.length - 6);
        });
  }
}
