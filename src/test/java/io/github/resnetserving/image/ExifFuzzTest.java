package io.github.resnetserving.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.CostOracle;
import java.util.List;
import java.util.Optional;
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
          Optional<Orientation> _ = Exif.orientation(bytes, 0, bytes.length);
          Optional<Orientation> _ = Exif.orientation(bytes, 6, bytes.length - 6);
        });
  }
}
