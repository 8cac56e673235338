package io.github.resnetserving.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class FeatureValuesTest {

  private final JsonMapper json = JsonMapper.shared();

  private static float[] values(int count) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 1023, 1024, 1025, 2048, 2049, 100_352})
  void textIsTheBase64OfLittleEndianBytes(int count) {
    float[] values = values(count);
    ByteBuffer singles = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer halves = ByteBuffer.allocate(2 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      singles.putFloat(value);
      halves.putShort(Float.floatToFloat16(value));
    }

    assertThat(json.writeValueAsString(new FeatureValues.Base64(values, false)))
        .isEqualTo('"' + Base64.getEncoder().encodeToString(singles.array()) + '"');
    assertThat(json.writeValueAsString(new FeatureValues.Base64(values, true)))
        .isEqualTo('"' + Base64.getEncoder().encodeToString(halves.array()) + '"');
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 100, 2048})
  void numbersAreRoundedToHalfPrecisionWhereThatIsWanted(int count) {
    float[] values = values(count);
    List<Float> rounded =
        IntStream.range(0, count)
            .mapToObj(i -> Float.float16ToFloat(Float.floatToFloat16(values[i])))
            .toList();

    assertThat(json.writeValueAsString(new FeatureValues.Numbers(values, false)))
        .isEqualTo(json.writeValueAsString(values));
    assertThat(json.writeValueAsString(new FeatureValues.Numbers(values, true)))
        .isEqualTo(json.writeValueAsString(rounded));
  }

  /** However many numbers there are, writing them takes the memory of a few. */
  @ParameterizedTest
  @ValueSource(ints = {100_000, 200_000, 400_000, 800_000, 1_600_000})
  void base64IsNotHeldInMemory(int count) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    FeatureValues values = new FeatureValues.Base64(values(count), false);
    json.writeValue(OutputStream.nullOutputStream(), values); // loads what is needed

    long before = threads.getCurrentThreadAllocatedBytes();
    json.writeValue(OutputStream.nullOutputStream(), values);

    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .as(() -> String.format(Locale.ROOT, "bytes for %d numbers", count))
        .isLessThan(100_000);
  }
}
