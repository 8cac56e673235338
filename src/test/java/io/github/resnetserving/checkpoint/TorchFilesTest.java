package io.github.resnetserving.checkpoint;

import static io.github.resnetserving.checkpoint.WeightsFiles.floats;
import static io.github.resnetserving.checkpoint.WeightsFiles.join;
import static io.github.resnetserving.checkpoint.WeightsFiles.legacyStart;
import static io.github.resnetserving.checkpoint.WeightsFiles.little;
import static io.github.resnetserving.checkpoint.WeightsFiles.torchLegacy;
import static io.github.resnetserving.checkpoint.WeightsFiles.torchZip;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.checkpoint.WeightsFiles.ZipEntry;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Both formats of torch.save, the storages that lie outside the pickle, and how names are found.
 */
class TorchFilesTest {

  private static final byte[] FOUR = floats(1, 2, 3, 4);

  private static PickleAssembler pickle() {
    return new PickleAssembler();
  }

  /** A state dict of one tensor "a", a vector of the four elements of storage "0". */
  private static byte[] plain() {
    return pickle().raw("}").text("a").vector("FloatStorage", "0", 4).raw("s").stop();
  }

  private static byte[] view(long offset, long[] shape, long[] strides) {
    return torchZip(
        pickle()
            .raw("}")
            .text("a")
            .tensor("FloatStorage", "0", 4, offset, shape, strides)
            .raw("s")
            .stop(),
        FOUR);
  }

  private static Tensor only(byte[] file) throws WeightsException {
    return WeightsFiles.read(file).tensors().firstEntry().getValue();
  }

  private static void assertRefused(byte[] file, String finding) {
    assertThatThrownBy(() -> WeightsFiles.read(file))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining(finding);
  }

  @Test
  void bothFormatsAreRead() throws Exception {
    assertThat(only(torchZip(plain(), FOUR)).toFloats()).containsExactly(1, 2, 3, 4);
    assertThat(only(torchLegacy(plain(), FOUR)).toFloats()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void aZip64ArchiveIsRead() throws Exception {
    byte[] file =
        WeightsFiles.zip(
            List.of(new ZipEntry("net/data.pkl", plain()), new ZipEntry("net/data/0", FOUR)),
            /* zip64= */ true);
    assertThat(only(file).toFloats()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void viewsAreGatheredInRowMajorOrder() throws Exception {
    assertThat(only(view(0, new long[] {2, 2}, new long[] {1, 2})).toFloats())
        .containsExactly(1, 3, 2, 4);
    assertThat(only(view(1, new long[] {3}, new long[] {1})).toFloats()).containsExactly(2, 3, 4);
    assertThat(only(view(1, new long[] {2}, new long[] {2})).toFloats()).containsExactly(2, 4);
    assertThat(only(view(2, new long[] {3}, new long[] {0})).toFloats()).containsExactly(3, 3, 3);
    assertThat(only(view(3, new long[] {}, new long[] {})).toFloats()).containsExactly(4);
    assertThat(only(view(4, new long[] {0}, new long[] {1})).toFloats()).isEmpty();
  }

  @Test
  void aViewOutsideItsStorageIsRefused() {
    String outside =
        "tensor a: its elements reach from %d to %d, outside its storage of 4 elements";
    assertRefused(view(1, new long[] {4}, new long[] {1}), outside.formatted(1, 4));
    assertRefused(view(-1, new long[] {1}, new long[] {1}), outside.formatted(-1, -1));
    assertRefused(view(5, new long[] {0}, new long[] {1}), outside.formatted(5, 4));
    assertRefused(
        view(3, new long[] {2}, new long[] {-1}), "tensor a: its strides [-1] are negative");
    assertRefused(
        view(0, new long[] {3}, new long[] {1L << 62}),
        "tensor a: its strides [4611686018427387904] are impossible for its shape [3]");
    assertRefused(
        view(Long.MAX_VALUE, new long[] {2}, new long[] {1}),
        "tensor a: its strides [1] are impossible");
    assertRefused(view(0, new long[] {2, 2}, new long[] {2}), "it has 2 dimensions but 1 strides");
    assertRefused(view(0, new long[33], new long[33]), "it has 33 dimensions");
    assertRefused(
        view(0, new long[] {1 << 30}, new long[] {0}),
        "tensor a: its 1073741824 elements repeat a storage of 4");
  }

  @Test
  void aStorageMustBeThereAndLongEnough() {
    assertRefused(torchZip(plain()), "tensor a: its storage 0 is not in the file");
    assertRefused(
        torchZip(plain(), floats(1, 2, 3)),
        "tensor a: its storage 0 has 12 bytes, too few for 4 elements of F32");
    byte[] vast = pickle().raw("}").text("a").vector("FloatStorage", "0", 1L << 62).raw("s").stop();
    assertRefused(torchZip(vast, FOUR), "too few for 4611686018427387904 elements");
    assertRefused(
        join(
            legacyStart(0x88),
            vast,
            pickle().raw("](").text("0").raw("e").stop(),
            little(8).putLong(1L << 62).array()),
        "the file is truncated");
  }

  @Test
  void aStorageIsOfOneTypeAndSize() {
    byte[] twice =
        pickle()
            .raw("}(")
            .text("a")
            .vector("FloatStorage", "0", 4)
            .text("b")
            .vector("IntStorage", "0", 4)
            .raw("u")
            .stop();
    assertRefused(torchZip(twice, FOUR), "its pickle describes the storage 0 in two ways");
  }

  @Test
  void aLegacyViewOfAStorageIsRead() throws Exception {
    byte[] saved =
        pickle()
            .raw("}")
            .text("a")
            .rebuild()
            .raw("(")
            .text("storage")
            .global("torch", "FloatStorage")
            .text("0")
            .text("cpu")
            .whole(4)
            .raw("(")
            .text("v")
            .whole(1)
            .whole(2)
            .raw("ttQ")
            .whole(0)
            .tuple(2)
            .tuple(1)
            .rebuilt()
            .raw("s")
            .stop();
    assertThat(only(torchLegacy(saved, FOUR)).toFloats()).containsExactly(2, 3);
  }

  @Test
  void aLegacyFileListsEveryStorageOnce() {
    assertRefused(torchLegacy(plain(), FOUR, FOUR), "it lists a storage that no tensor mentions");
    assertRefused(
        torchLegacy(plain(), floats(1, 2)), "its storage 0 has 2 elements where its pickle says 4");
    assertRefused(torchLegacy(plain()), "tensor a: its storage 0 is not in the file");
    byte[] count = little(8).putLong(4).array();
    byte[] keys = pickle().raw("](").text("0").text("0").raw("e").stop();
    assertRefused(
        join(legacyStart(0x88), plain(), keys, count, FOUR, count, FOUR),
        "it lists the storage 0 twice");
  }

  @Test
  void otherByteOrdersAreRefused() {
    assertRefused(join(legacyStart(0x89), plain()), "its byte order is big");
    byte[] file =
        WeightsFiles.zip(
            List.of(
                new ZipEntry("net/data.pkl", plain()),
                new ZipEntry("net/byteorder", "big".getBytes(UTF_8)),
                new ZipEntry("net/data/0", FOUR)),
            /* zip64= */ false);
    assertRefused(file, "its byte order is big");
  }

  @Test
  void aPickleThatTorchDidNotWriteIsRefused() {
    assertRefused(
        pickle().raw("}").stop(), "it is a Python pickle, but torch.save did not write it");
  }

  @Test
  void archivesOfOtherKindsAreRefused() {
    ZipEntry pickle = new ZipEntry("net/data.pkl", plain());
    ZipEntry data = new ZipEntry("net/data/0", FOUR);
    assertRefused(
        WeightsFiles.zip(
            List.of(pickle, new ZipEntry("net/archive_format", new byte[0])), /* zip64= */ false),
        "it is an archive of torch.export");
    assertRefused(
        WeightsFiles.zip(List.of(new ZipEntry("a.npy", new byte[0])), /* zip64= */ false),
        "it is a NumPy archive");
    assertRefused(WeightsFiles.zip(List.of(), /* zip64= */ false), "it has no data.pkl;");
    assertRefused(
        WeightsFiles.zip(
            List.of(pickle, new ZipEntry("net/data/0", FOUR, /* method= */ 8, /* flags= */ 0)),
            /* zip64= */ false),
        "zip entry net/data/0 is compressed");
    assertRefused(
        WeightsFiles.zip(
            List.of(pickle, new ZipEntry("net/data/0", FOUR, /* method= */ 0, /* flags= */ 1)),
            /* zip64= */ false),
        "zip entry net/data/0 is encrypted");
    assertRefused(
        WeightsFiles.zip(List.of(pickle, data, data), /* zip64= */ false),
        "its zip directory has two entries named net/data/0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"state_dict", "model", "model_state_dict", "net", "module", "model_ema"})
  void aNestedStateDictIsFoundBesideOtherTensors(String name) throws Exception {
    byte[] saved =
        pickle()
            .raw("}(")
            .text("best_acc1")
            .tensor("FloatStorage", "0", 4, 0, new long[0], new long[0])
            .text("epoch")
            .whole(3)
            .text(name)
            .raw("}")
            .text("module.conv.weight")
            .vector("FloatStorage", "0", 4)
            .raw("s")
            .text("optimizer")
            .raw("}(")
            .text("a")
            .vector("FloatStorage", "0", 4)
            .text("b")
            .vector("FloatStorage", "0", 4)
            .raw("uu")
            .stop();
    var tensors = WeightsFiles.read(torchZip(saved, FOUR)).tensors();
    assertThat(tensors.keySet()).containsExactly("module.conv.weight");
  }

  @Test
  void underAnUnusualNameTheDictionaryWithMostTensorsWins() throws Exception {
    byte[] saved =
        pickle()
            .raw("}(")
            .text("ours")
            .raw("}")
            .text("a")
            .vector("FloatStorage", "0", 4)
            .raw("s")
            .text("loss")
            .raw("Nu")
            .stop();
    assertThat(WeightsFiles.read(torchZip(saved, FOUR)).tensors().keySet()).containsExactly("a");
  }

  @Test
  void aDictionaryInsideItselfIsNoTrap() {
    byte[] saved = pickle().raw("}q").raw(0).text("model").raw("h").raw(0).raw("s").stop();
    assertRefused(torchZip(saved), "it holds no tensors, only model");
  }

  @Test
  void whatHoldsNoStateDictIsRefused() {
    assertRefused(torchZip(pickle().raw("]").stop()), "it holds no dictionary of weights");
    assertRefused(torchZip(pickle().raw("}").stop()), "it holds no tensors: save");
    assertRefused(
        torchZip(pickle().vector("FloatStorage", "0", 4).stop(), FOUR), "it holds a single tensor");
  }
}
