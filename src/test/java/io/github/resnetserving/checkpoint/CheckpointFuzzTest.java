package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.ByteWriter;
import io.github.resnetserving.fuzz.Choices;
import io.github.resnetserving.fuzz.CostOracle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointFuzzTest {

  private static final byte[] STORAGE = WeightsFiles.floats(1, 2, 3, 4);

  private static final String HEADER =
      """
      {"__metadata__": {"format": "pt"},
       "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
       "b": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [8, 16]}}\
      """;

  /** Opcodes that stand alone. */
  private static final byte[] PLAIN =
      "N)]}(0120tlaesud.RbQ\u0081\u0085\u0086\u0087\u0088\u0089\u008f\u0090\u0091\u0093\u0094"
          .getBytes(ISO_8859_1);

  private static final List<String> NAMES =
      List.of(
          "collections\nOrderedDict",
          "torch._utils\n_rebuild_tensor_v2",
          "torch._utils\n_rebuild_parameter",
          "torch\nFloatStorage",
          "torch\nSize",
          "argparse\nNamespace",
          "os\nsystem");

  private static final List<String> TEXTS =
      List.of("storage", "0", "cpu", "state_dict", "module.", "a", "little_endian");

  static List<byte[]> archives() {
    return List.of(
        WeightsFiles.torchZip(stateDict("a"), STORAGE),
        WeightsFiles.torchZip(stateDict("module.model.a"), STORAGE),
        WeightsFiles.zip(
            List.of(
                new WeightsFiles.ZipEntry("x/data.pkl", stateDict("a")),
                new WeightsFiles.ZipEntry("x/data/0", STORAGE)),
            /* zip64= */ true));
  }

  static List<byte[]> legacyFiles() {
    return List.of(WeightsFiles.torchLegacy(stateDict("a"), STORAGE));
  }

  static List<byte[]> headers() {
    return List.of(HEADER.getBytes(UTF_8), "{}".getBytes(UTF_8));
  }

  private static byte[] stateDict(String name) {
    return new PickleAssembler()
        .raw("}(")
        .text(name)
        .vector("FloatStorage", "0", 4)
        .raw("u")
        .stop();
  }

  @MethodSource("archives")
  @FuzzTest
  void archive(byte[] file) {
    read(file);
  }

  @MethodSource("legacyFiles")
  @FuzzTest
  void legacyFile(byte[] file) {
    read(file);
  }

  @MethodSource("headers")
  @FuzzTest
  void safetensorsHeader(byte[] json) {
    read(
        WeightsFiles.join(WeightsFiles.little(8).putLong(json.length).array(), json, new byte[16]));
  }

  /** Opcodes in any number and order, in an archive that is sound. */
  @FuzzTest
  void opcodes(FuzzedDataProvider data) {
    Choices choices = new Choices(data);
    ByteWriter pickle = new ByteWriter(ByteOrder.LITTLE_ENDIAN).u8(0x80).u8(2);
    boolean whole = choices.oneIn(2);
    if (whole) {
      pickle.text("}(");
    }
    int steps = choices.upTo(60);
    for (int i = 0; i < steps && pickle.size() < Choices.MAX_BYTES; i++) {
      byte[] step = step(choices);
      int times = Math.min(choices.times(), (Choices.MAX_BYTES - pickle.size()) / step.length + 1);
      for (int j = 0; j < times; j++) {
        pickle.bytes(step);
      }
    }
    if (whole) {
      pickle.bytes(body(new PickleAssembler().text("z").vector("FloatStorage", "0", 4))).u8('u');
    }
    read(WeightsFiles.torchZip(pickle.u8('.').toByteArray(), STORAGE));
  }

  private static byte[] step(Choices choices) {
    ByteWriter step = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    switch (choices.upTo(11)) {
      case 1 -> step.u8('K').u8(choices.upTo(255));
      case 2 -> step.u8('J').u32(choices.number(4));
      case 3 -> {
        String text = choices.of(TEXTS).repeat(Math.min(choices.times(), 1000));
        step.u8('X').u32(choices.number(text.length())).text(text);
      }
      case 4 -> step.text("c" + choices.of(NAMES) + "\n");
      case 5 -> step.u8(choices.oneIn(2) ? 'q' : 'h').u8(choices.upTo(3));
      case 6 -> step.u8(choices.oneIn(2) ? 'r' : 'j').u32(choices.number(0));
      case 7 -> step.bytes(body(new PickleAssembler().storage("FloatStorage", "0", 4)));
      case 8 ->
          step.bytes(
              body(
                  new PickleAssembler()
                      .tensor(
                          "FloatStorage",
                          "0",
                          4,
                          choices.number(0),
                          new long[] {choices.number(2), choices.number(2)},
                          new long[] {choices.number(2), choices.number(1)})));
      case 9 -> step.u8(0x8a).u8(choices.upTo(9)).bytes(choices.bytes(8));
      case 10 -> step.text("L" + choices.number(1) + "L\n");
      case 11 -> step.u8(choices.upTo(255));
      default -> step.u8(PLAIN[choices.upTo(PLAIN.length - 1)]);
    }
    return step.toByteArray();
  }

  /** What was assembled, without its start and its end. */
  private static byte[] body(PickleAssembler pickle) {
    byte[] whole = pickle.stop();
    return Arrays.copyOfRange(whole, 2, whole.length - 1);
  }

  /** The way of {@link Checkpoint#open}, from bytes in memory. */
  private static void read(byte[] file) {
    CostOracle.CHECKPOINTS.check(
        file,
        file.length,
        WeightsException.class,
        () -> {
          for (Tensor tensor : Wrappers.strip(WeightsFiles.read(file).tensors()).values()) {
            if (tensor.count() <= file.length) { // a view may repeat a little as often as it likes
              float[] _ = tensor.toFloats();
            }
          }
        });
  }
}
