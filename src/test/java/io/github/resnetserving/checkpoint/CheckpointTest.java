package io.github.resnetserving.checkpoint;

import static io.github.resnetserving.checkpoint.WeightsFiles.floats;
import static io.github.resnetserving.checkpoint.WeightsFiles.safetensors;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.fuzz.CostOracle;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {

  @TempDir private Path folder = Path.of("");

  private static byte[] named(String... names) {
    List<String> entries = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      entries.add(
          "\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}"
              .formatted(names[i], 4 * i, 4 * i + 4));
    }
    return safetensors("{" + String.join(",", entries) + "}", floats(new float[names.length]));
  }

  private Path file(byte[] bytes) throws Exception {
    return Files.write(folder.resolve("net.bin"), bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "module.a b, module.a b",
    "module.a module.b, a b",
    "module._orig_mod.model.a module._orig_mod.model.b, a b",
    "module.a n_averaged, a",
    "module. module.b, module. b?",
    "backbone.a head.b, backbone.a head.b"
  })
  void aPrefixOfAllNamesIsTakenOff(String names, String expected) throws Exception {
    Path file = file(named(names.split(" ")));
    try (var checkpoint = Checkpoint.open(file.toUri())) {
      String[] kept = expected.endsWith("?") ? names.split(" ") : expected.split(" ");
      assertThat(checkpoint.tensors().keySet()).containsExactly(kept);
      checkpoint.tensors().forEach((name, tensor) -> assertThat(tensor.name()).isEqualTo(name));
    }
  }

  /** Names as long as a hostile file likes: nothing is copied for each prefix. */
  @ParameterizedTest
  @CsvSource({
    "module., a",
    "model., a",
    "_orig_mod., a",
    "backbone., a",
    "module._orig_mod.model.backbone., a b",
    "model.module., a b c",
  })
  void prefixesAreTakenOffInTimeAndMemoryThatGrowWithTheNames(String prefix, String names) {
    PickleAssembler pickle = new PickleAssembler().raw("}(");
    String[] each = names.split(" ");
    for (String name : each) {
      pickle.text(prefix.repeat(20_000) + name).vector("FloatStorage", "0", 1);
    }
    byte[] file = WeightsFiles.torchZip(pickle.raw("u").stop(), floats(1));

    CostOracle.CHECKPOINTS.check(
        file,
        file.length,
        WeightsException.class,
        () -> assertThat(Wrappers.strip(WeightsFiles.read(file).tensors())).containsOnlyKeys(each));
  }

  @Test
  void aResourceInAJarIsRead() throws Exception {
    Path jar = folder.resolve("app.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        var entries = new JarOutputStream(out)) {
      entries.putNextEntry(new JarEntry("models/net.safetensors"));
      entries.write(named("a"));
    }
    try (var checkpoint =
        Checkpoint.open(URI.create("jar:" + jar.toUri() + "!/models/net.safetensors"))) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void aClosedCheckpointRefusesToBeRead() throws Exception {
    var checkpoint = Checkpoint.open(file(named("a")).toUri());
    Tensor tensor = checkpoint.tensors().firstEntry().getValue();
    assertThat(tensor.toString()).isEqualTo("a F32[1]");
    checkpoint.close();
    checkpoint.close();
    assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "file:/nowhere/net.pth, net.pth: there is no such file: /nowhere/net.pth",
    "file:/tmp, tmp: it is not a file",
    "net.pth, net.pth: it is not the address of a file",
    "jar:file:/nowhere/app.jar!/net.pth, net.pth: it cannot be read",
    "unknown:net.pth, it cannot be read"
  })
  void anAddressThatLeadsNowhereIsRefused(String uri, String finding) {
    assertThatThrownBy(() -> Checkpoint.open(URI.create(uri)))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining(finding);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      emptyValue = "",
      value = {
        "''|the file is empty",
        "abc|the file is truncated: it has 3 bytes",
        "what is this?|its format is not known",
        "version https://git-lfs.github.com/spec/v1|it is a Git LFS pointer",
        " <!DOCTYPE html>|it is a web page",
        "<HTML>sorry|it is a web page",
        "\u001f\u008b\u0008 and so on|it is compressed with gzip",
        "\u0008\u0007\u0012\u0007pytorch|it is an ONNX model",
        "\u0093NUMPY and so on|it is a NumPy array",
        "[1]{\"weight_map\"|its format is not known",
        "{ \"metadata\": 1}|it is JSON text"
      })
  void aFileOfAnotherKindIsNamed(String content, String finding) throws Exception {
    Path file = file(content.getBytes(ISO_8859_1));
    assertThatThrownBy(() -> Checkpoint.open(file.toUri()))
        .isInstanceOf(WeightsException.class)
        .hasMessageStartingWith("net.bin: " + finding);
  }

  @Test
  void anHdf5FileIsNamed() {
    byte[] hdf5 = "\u0089HDF\r\n\u001a\n\0\0".getBytes(ISO_8859_1);
    assertThatThrownBy(() -> WeightsFiles.read(hdf5))
        .hasMessageContaining("it is an HDF5 file, as Keras writes");
  }

  @Test
  void aTarArchiveIsNamed() {
    byte[] tar = new byte[512];
    System.arraycopy("ustar".getBytes(ISO_8859_1), 0, tar, 257, 5);
    assertThatThrownBy(() -> WeightsFiles.read(tar)).hasMessageContaining("it is a tar archive");
  }
}
