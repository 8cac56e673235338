package io.github.resnetserving.checkpoint;

import static io.github.resnetserving.checkpoint.WeightsFiles.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Thousands of damaged files: each is read or refused, and none does anything else. */
class DamagedFilesTest {

  private static final int MUTATIONS = 6000;

  /** Values that sizes and counts are most often wrong about. */
  private static final int[] EXTREMES = {0, 1, 0x7f, 0x80, 0xff};

  static Stream<Arguments> files() {
    byte[] pickle =
        new PickleAssembler()
            .raw("}(")
            .text("a")
            .vector("FloatStorage", "0", 3)
            .text("b")
            .tensor("FloatStorage", "1", 4, 0, new long[] {2, 2}, new long[] {1, 2})
            .text("c")
            .raw("K\1u")
            .stop();
    byte[] safetensors =
        WeightsFiles.safetensors(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[12,28]}}",
            floats(1, 2, 3, 4, 5, 6, 7));
    byte[] first = floats(1, 2, 3);
    byte[] second = floats(4, 5, 6, 7);
    return Stream.of(
        Arguments.of("zip", WeightsFiles.torchZip(pickle, first, second)),
        Arguments.of("legacy", WeightsFiles.torchLegacy(pickle, first, second)),
        Arguments.of("safetensors", safetensors),
        Arguments.of(
            "zip64",
            WeightsFiles.zip(
                List.of(
                    new WeightsFiles.ZipEntry("x/data.pkl", pickle),
                    new WeightsFiles.ZipEntry("x/data/0", first),
                    new WeightsFiles.ZipEntry("x/data/1", second)),
                /* zip64= */ true)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void aDamagedFileIsReadOrRefused(String format, byte[] whole) throws Exception {
    assertThat(WeightsFiles.read(whole).tensors()).containsOnlyKeys("a", "b");
    Random random = new Random(format.hashCode());
    Assertions.assertTimeout(
        Duration.ofMinutes(2),
        () -> {
          for (int i = 0; i < MUTATIONS; i++) {
            requireReadOrRefused(damaged(whole, random));
          }
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void aFileCutAtAnyByteIsReadOrRefused(String format, byte[] whole) {
    for (int length = 0; length < whole.length; length++) {
      requireReadOrRefused(Arrays.copyOf(whole, length));
    }
  }

  private static byte[] damaged(byte[] whole, Random random) {
    byte[] damaged = whole.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(4)) {
        case 0 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> damaged[at] = (byte) random.nextInt(256);
        case 2 -> damaged[at] = (byte) EXTREMES[random.nextInt(EXTREMES.length)];
        default -> {
          int from = random.nextInt(damaged.length);
          int length = Math.min(random.nextInt(16), damaged.length - Math.max(at, from));
          System.arraycopy(whole, from, damaged, at, length);
        }
      }
    }
    return random.nextInt(10) == 0
        ? Arrays.copyOf(damaged, random.nextInt(damaged.length + 16))
        : damaged;
  }

  private static void requireReadOrRefused(byte[] file) {
    try {
      for (Tensor tensor : WeightsFiles.read(file).tensors().values()) {
        assertThat(tensor.toFloats()).hasSize(tensor.count());
      }
    } catch (WeightsException refused) {
      assertThat(refused).hasMessageNotContaining("java").hasMessageNotContaining("Exception");
    } catch (RuntimeException | Error e) {
      fail("this file is neither read nor refused: " + HexFormat.of().formatHex(file), e);
    }
  }
}
