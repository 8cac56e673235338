package io.github.resnetserving.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsWriterTest {

  private static final float[] VALUES = {0, 1, -2.5f, 3.5f, 300, 1.0009f};

  @TempDir private Path folder;

  /** Ties go to the even neighbour, and bytes end where their type does. */
  @ParameterizedTest
  @CsvSource({
    "F32, 0 1 -2.5 3.5 300 1.0009",
    "F16, 0 1 -2.5 3.5 300 1.0009766",
    "BF16, 0 1 -2.5 3.5 300 1",
    "I8, 0 1 -2 4 127 1",
    "U8, 0 1 0 4 255 1",
    "I32, 0 1 -2 4 300 1"
  })
  void valuesAreRoundedToTheNearestElementAndReadBack(DType dtype, String expected)
      throws Exception {
    Path file = folder.resolve("tensors");
    SequencedMap<String, TensorSource> tensors = new LinkedHashMap<>();
    tensors.put("values", TensorSource.of(dtype, List.of(2, 3), VALUES::clone));

    SafetensorsWriter.writeCached(file, tensors, Map.of("kind", "test"));

    try (Checkpoint checkpoint = Checkpoint.open(file.toUri())) {
      Tensor tensor = Objects.requireNonNull(checkpoint.tensors().get("values"));
      assertThat(checkpoint.metadata()).containsExactly(Map.entry("kind", "test"));
      assertThat(tensor.dtype()).isEqualTo(dtype);
      assertThat(tensor.shape()).containsExactly(2, 3);
      assertThat(tensor.memory().byteSize()).isEqualTo(6L * dtype.bytes());
      String[] numbers = expected.split(" ", -1);
      float[] read = tensor.toFloats();
      for (int i = 0; i < numbers.length; i++) {
        assertThat(read[i]).isEqualTo(Float.parseFloat(numbers[i]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BOOL", "I16", "I64", "F64"})
  void typesThatNoWeightHasAreNotWritten(DType dtype) {
    SequencedMap<String, TensorSource> tensors = new LinkedHashMap<>();
    tensors.put("values", TensorSource.of(dtype, List.of(6), VALUES::clone));

    assertThatThrownBy(
            () -> SafetensorsWriter.writeCached(folder.resolve("never"), tensors, Map.of()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("elements of type %s are not written".formatted(dtype));
    assertThat(folder.toFile().list()).isEmpty();
  }
}
