package io.github.resnetserving.checkpoint;

import static io.github.resnetserving.checkpoint.WeightsFiles.floats;
import static io.github.resnetserving.checkpoint.WeightsFiles.little;
import static io.github.resnetserving.checkpoint.WeightsFiles.safetensors;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsReaderTest {

  private static String tensor(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, dtype, shape, begin, end);
  }

  private static Tensor only(byte[] file) throws WeightsException {
    return WeightsFiles.read(file).tensors().firstEntry().getValue();
  }

  @Test
  void everyElementTypeIsRead() throws Exception {
    byte[] data =
        little(2 + 2 + 2 + 4 + 4 + 8 + 2 * 2 + 2 * 2 + 4 + 8)
            .put(new byte[] {0, 1})
            .put(new byte[] {(byte) 200, 3})
            .put(new byte[] {(byte) -100, 3})
            .putShort((short) -300)
            .putShort((short) 7)
            .putInt(-70_000)
            .putLong(1L << 40)
            .putShort((short) 0x3c00)
            .putShort((short) 0xc000)
            .putShort((short) 0x3f80)
            .putShort((short) 0xc000)
            .putFloat(0.1f)
            .putDouble(-0.5)
            .array();
    String header =
        "{"
            + String.join(
                ",",
                tensor("bool", "BOOL", "[2]", 0, 2),
                tensor("u8", "U8", "[2]", 2, 4),
                tensor("i8", "I8", "[2]", 4, 6),
                tensor("i16", "I16", "[2]", 6, 10),
                tensor("i32", "I32", "[1]", 10, 14),
                tensor("i64", "I64", "[]", 14, 22),
                tensor("f16", "F16", "[2]", 22, 26),
                tensor("bf16", "BF16", "[2]", 26, 30),
                tensor("f32", "F32", "[1]", 30, 34),
                tensor("f64", "F64", "[1]", 34, 42))
            + "}";
    Map<String, float[]> values = new LinkedHashMap<>();
    WeightsFiles.read(safetensors(header, data))
        .tensors()
        .forEach((name, tensor) -> values.put(name, tensor.toFloats()));
    assertThat(values.keySet())
        .containsExactly("bool", "u8", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64");
    assertThat(values.values())
        .containsExactly(
            new float[] {0, 1},
            new float[] {200, 3},
            new float[] {-100, 3},
            new float[] {-300, 7},
            new float[] {-70_000},
            new float[] {0x1p40f},
            new float[] {1, -2},
            new float[] {1, -2},
            new float[] {0.1f},
            new float[] {-0.5f});
  }

  @Test
  void dataMayLieInAnotherOrderThanTheHeader() throws Exception {
    String header =
        "{" + tensor("b", "F32", "[1]", 4, 8) + "," + tensor("a", "F32", "[1]", 0, 4) + "}  ";
    var tensors = WeightsFiles.read(safetensors(header, floats(1, 2))).tensors();
    assertThat(tensors.keySet()).containsExactly("b", "a");
    assertThat(tensors.firstEntry().getValue().toFloats()).containsExactly(2);
  }

  @Test
  void anEmptyTensorIsATensor() throws Exception {
    Tensor empty = only(safetensors("{" + tensor("e", "F32", "[0,3]", 0, 0) + "}", new byte[0]));
    assertThat(empty.shape()).containsExactly(0, 3);
    assertThat(empty.toFloats()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}} | tensor a: its"
            + " data_offsets span 8 bytes, but its shape [1] of F32 takes 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | tensor a: its data"
            + " begin at byte 4 of the data where 0 is expected: there is a gap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,4]}} | not a begin and an end",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
            + " | tensor b: its data begin at byte 4 of the data where 8 is expected: there is an"
            + " overlap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 bytes follow its last"
            + " tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}} | the file is truncated:"
            + " its tensors take 12 bytes, but only 8 are there",
        "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}} | tensor a is of the"
            + " element type F8_E4M3, which is not read",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}} |"
            + " tensor a: its shape [4294967296, 4294967296] is impossible",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536],\"data_offsets\":[0,8]}} | tensor a: its"
            + " shape [65536, 65536] has more than 2147483639 elements",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}} | tensor a's shape is"
            + " negative",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}} | tensor a's shape is"
            + " not a short list of whole numbers",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}} |"
            + " cannot be read as JSON",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}} | tensor a lacks dtype, shape or data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}} | tensor a has"
            + " the unknown property x",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} |"
            + " tensor a has two dtypes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{}} | a appears"
            + " twice",
        "{\"a\":[]} | tensor a is not described by an object",
        "{\"a\":{\"dtype\":[[[[[[]]]]]]}} | tensor a's dtype is not text",
        "{\"__metadata__\":{\"k\":1}} | __metadata__ holds more than text",
        "{\"__metadata__\":{\"k\":\"v\"}} | 8 bytes follow its last tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}x | cannot be read as"
            + " JSON",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]} | cannot be read as JSON",
        "{\"a\\u001b\":[]} | tensor a\\u001b is not described",
      })
  void aBadHeaderIsRefused(String header, String finding) {
    assertThatThrownBy(() -> WeightsFiles.read(safetensors(header, floats(1, 2))))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining(finding);
  }

  @Test
  void anEmptyHeaderHoldsNoTensors() {
    assertThatThrownBy(() -> WeightsFiles.read(safetensors("{}", new byte[0])))
        .isInstanceOf(WeightsException.class)
        .hasMessage("it holds no tensors: save model.state_dict()");
  }

  @Test
  void aHeaderLongerThanTheFileIsTruncated() {
    byte[] file = safetensors("{}", new byte[0]);
    file[0] = 100;
    assertThatThrownBy(() -> WeightsFiles.read(file))
        .isInstanceOf(WeightsException.class)
        .hasMessage(
            "the file is truncated: its safetensors header has 100 bytes, but only 2 follow; fetch"
                + " the file again");
  }

  @Test
  void whatIsWrittenIsReadBack(@TempDir Path folder) throws Exception {
    var tensors = new LinkedHashMap<String, FloatTensor>();
    tensors.put("conv.weight", new FloatTensor(List.of(2, 1, 3), new float[] {1, 2, 3, 4, 5, 6}));
    tensors.put("scale", new FloatTensor(List.of(), new float[] {Float.NaN}));
    tensors.put("large", new FloatTensor(List.of(600_000), new float[600_000]));
    Path file = folder.resolve("net.safetensors");
    Files.writeString(file, "what was there before");
    SafetensorsWriter.write(file, tensors, Map.of("format", "pt"));
    try (var checkpoint = Checkpoint.open(file.toUri())) {
      assertThat(checkpoint.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(checkpoint.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
      checkpoint
          .tensors()
          .forEach((name, tensor) -> {
            FloatTensor written =
                tensors.getOrDefault(name, new FloatTensor(List.of(0), new float[0]));
            assertThat(tensor.dtype()).isEqualTo(DType.F32);
            assertThat(tensor.shape()).isEqualTo(written.shape());
            assertThat(tensor.toFloats()).isEqualTo(written.values());
          });
    }
    byte[] bytes = Files.readAllBytes(file);
    assertThat(little(8).put(bytes, 0, 8).getLong(0) % 8).isZero();
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void aFailedWriteLeavesNothingBehind(@TempDir Path folder) throws Exception {
    Path taken = folder.resolve("taken");
    Files.createDirectories(taken.resolve("full"));
    var tensors = new LinkedHashMap<String, FloatTensor>();
    tensors.put("a", new FloatTensor(List.of(1), new float[] {1}));
    assertThatThrownBy(() -> SafetensorsWriter.write(taken, tensors, Map.of()))
        .isInstanceOf(IOException.class);
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(taken);
    }
  }

  @Test
  void valuesMustFillTheirShape() {
    assertThatThrownBy(() -> new FloatTensor(List.of(2, 2), new float[3]))
        .hasMessage("the shape [2, 2] takes 4 values, not 3");
  }
}
