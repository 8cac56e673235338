package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.image.HostileHeaders.Tiff;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields of a TIFF that its pixels do not depend on: they cost no more than their bytes. */
class TiffHiddenFieldsTest {

  private static final int FIELDS = 600;
  private static final int FREE = 8_000; // bytes, of which nothing else is said

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);

  /** The reader made an exception for each of these. */
  @ParameterizedTest(name = "tag {0} of type {1}, {2} times {3}")
  @CsvSource({
    "330,   2, 4,          0",
    "330,   6, 4,          0",
    "330,   7, 3,          0",
    "330,   3, 2,          0",
    "330,  11, 1,          8",
    "330,   1, 0,          0",
    "34665, 2, 1,          8",
    "34665, 8, 2,          0",
    "34853, 9, 0,          2147483647",
    "34853, 4, 0,          4294967295",
    "40965, 2, 4,          0",
    "40000, 1, 0,          2147483647",
    "40000, 2, 0,          4294967295",
    "40000, 5, 0,          65535",
    "40000, 16, 0,         65535",
    "305,   2, 0,          10000",
    "40000, 99, 4294967295, 0",
    "40000, 0, 2147483648, 0"
  })
  void fieldsThatSayNothingCostNothing(int tag, int type, long count, long value) throws Exception {
    Tiff tiff = new Tiff(FREE);
    for (int i = 0; i < FIELDS; i++) {
      tiff.and(tag, type, count, value);
    }
    byte[] file = tiff.bytes();

    assertThat(pipeline.decode(file).rgb()).hasSize(8 * 8 * 3);
    CostOracle.IMAGES.check(file, file.length, ImageException.class, () -> pipeline.decode(file));
  }

  /**
   * Directories of metadata, each of which the reader would have read, with all that they claim.
   */
  @ParameterizedTest
  @ValueSource(ints = {330, 34_665, 34_853, 40_965})
  void directoriesOfMetadataAreNotRead(int tag) throws Exception {
    int directories = 300;
    Tiff tiff =
        new Tiff(FREE)
            .with(tag, 4, directories, 1_000)
            .at(
                1_000,
                out -> {
                  for (int i = 0; i < directories; i++) {
                    out.putInt(3_000 + 2 * i);
                  }
                })
            .at(3_000, TiffHiddenFieldsTest::threes);
    byte[] file = tiff.bytes();

    assertThat(pipeline.decode(file).rgb()).hasSize(8 * 8 * 3);
    CostOracle.IMAGES.check(file, file.length, ImageException.class, () -> pipeline.decode(file));
  }

  private static void threes(ByteBuffer out) {
    while (out.hasRemaining()) {
      out.put((byte) 3);
    }
  }

  /** The reader takes BigTIFF's types of eight bytes in any TIFF. */
  @ParameterizedTest
  @ValueSource(ints = {16, 17, 18})
  void numbersOfEightBytesAreClaimed(int type) {
    Tiff repeated = new Tiff(FREE);
    for (int i = 0; i < FIELDS; i++) {
      repeated.and(40_000, type, 500, 100);
    }

    assertThatThrownBy(() -> pipeline.decode(repeated.bytes()))
        .isInstanceOf(ImageException.TooCostly.class);
    for (long count : List.of(2L, 100L, 999_999_999L, 0x7fff_ffffL, 0xffff_ffffL)) {
      byte[] outside = new Tiff(FREE).with(40_000, type, count, FREE - 15).bytes();
      assertThatThrownBy(() -> pipeline.decode(outside))
          .isInstanceOf(ImageException.Unreadable.class)
          .hasMessageStartingWith("Values of the TIFF image's tag 40000 lie outside of the file.");
    }
  }
}
