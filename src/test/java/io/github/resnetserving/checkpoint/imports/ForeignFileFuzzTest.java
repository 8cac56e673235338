package io.github.resnetserving.checkpoint.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.fuzz.CostOracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files of other libraries: each is read or refused, at a cost that its size explains. */
class ForeignFileFuzzTest {

  private static final Path FILES = Path.of("src/test/resources/foreign");
  private static final int MUTATIONS = 250;

  @TempDir private static Path folder;

  static List<byte[]> onnx() throws IOException {
    return List.of(Files.readAllBytes(FILES.resolve("zoo-v2.onnx")));
  }

  static List<byte[]> keras() throws IOException {
    return List.of(Files.readAllBytes(FILES.resolve("theano.h5")));
  }

  static List<byte[]> mxnet() throws IOException {
    return List.of(Files.readAllBytes(FILES.resolve("gluon-v1.params")));
  }

  static List<byte[]> caffe() throws IOException {
    return List.of(Files.readAllBytes(FILES.resolve("he.caffemodel")));
  }

  @MethodSource("onnx")
  @FuzzTest
  void onnxModel(byte[] file) {
    check("net.onnx", file);
  }

  @MethodSource("keras")
  @FuzzTest
  void kerasWeights(byte[] file) {
    check("net.h5", file);
  }

  @MethodSource("mxnet")
  @FuzzTest
  void mxnetArrays(byte[] file) {
    check("net.params", file);
  }

  @MethodSource("caffe")
  @FuzzTest
  void caffeModel(byte[] file) {
    check("net.caffemodel", file);
  }

  private static void check(String name, byte[] file) {
    CostOracle.CHECKPOINTS
        .plusBytes(4 << 20) // files are written and mapped, and parsers have buffers
        .check(file, file.length, IOException.class, () -> readAndWrite(name, file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zoo-v2.onnx",
        "theano.h5",
        "own.h5",
        "archive.keras",
        "gluon-v1.params",
        "he.caffemodel"
      })
  void aDamagedFileIsReadOrRefused(String name) throws Exception {
    byte[] whole = Files.readAllBytes(FILES.resolve(name));
    Random random = new Random(name.hashCode());
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = damaged(whole, random);
      try {
        readAndWrite(name, damaged);
      } catch (WeightsException refused) {
        assertThat(refused.getMessage()).startsWith(name);
      } catch (RuntimeException | Error e) {
        fail("mutation %d of %s is neither read nor refused".formatted(i, name), e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zoo-v2.onnx", "theano.h5", "gluon-v1.params", "he.caffemodel"})
  void aFileThatIsCutIsRefusedAsTruncated(String name) throws Exception {
    byte[] whole = Files.readAllBytes(FILES.resolve(name));

    assertThatThrownBy(() -> readAndWrite(name, Arrays.copyOf(whole, whole.length / 2)))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("truncated");
  }

  @Test
  void weightsOutsideTheModelsFolderAreNotRead() throws Exception {
    String model = Files.readString(FILES.resolve("external.onnx"), ISO_8859_1);

    assertThatThrownBy(() ->
            readAndWrite(
                "net.onnx", model.replace("external.bin", "../ernal.bin").getBytes(ISO_8859_1)))
        .hasMessageContaining(
            "it lies in \"../ernal.bin\": only a file in the model's own folder is read; save the"
                + " model with all data in one file");
    assertThatThrownBy(() -> readAndWrite("net.onnx", model.getBytes(ISO_8859_1)))
        .hasMessageContaining("it lies in external.bin, which is not beside the model");
  }

  private static void readAndWrite(String name, byte[] file) throws IOException {
    Path path = folder.resolve(name);
    Files.write(path, file);
    ForeignFile found = ForeignFile.open(path).orElse(null);
    if (found != null) {
      found.write(folder.resolve("written.safetensors"));
    }
  }

  private static byte[] damaged(byte[] whole, Random random) {
    byte[] damaged = whole.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      // What tells sizes and places is mostly at the start.
      int within = random.nextInt(2) == 0 ? damaged.length : Math.min(4096, damaged.length);
      damaged[random.nextInt(within)] =
          (byte) (random.nextInt(2) == 0 ? random.nextInt(256) : random.nextInt(3) - 1);
    }
    return random.nextInt(10) == 0
        ? Arrays.copyOf(damaged, random.nextInt(damaged.length))
        : damaged;
  }
}
