package io.github.resnetserving.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.checkpoint.PickleValue.Dict;
import io.github.resnetserving.checkpoint.PickleValue.Items;
import io.github.resnetserving.checkpoint.PickleValue.Plain;
import io.github.resnetserving.checkpoint.PickleValue.StoredTensor;
import io.github.resnetserving.checkpoint.PickleValue.Text;
import io.github.resnetserving.checkpoint.PickleValue.Truth;
import io.github.resnetserving.checkpoint.PickleValue.Whole;
import io.github.resnetserving.fuzz.CostOracle;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PickleReaderTest {

  private static PickleValue read(UnaryOperator<PickleAssembler> program) throws WeightsException {
    byte[] pickle = program.apply(new PickleAssembler()).stop();
    return PickleReader.read(new Cursor(MemorySegment.ofArray(pickle), "its pickle"));
  }

  private static void assertRefused(UnaryOperator<PickleAssembler> program, String finding) {
    assertThatThrownBy(() -> read(program))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining(finding);
  }

  /** A pattern was made for each. */
  @ParameterizedTest
  @ValueSource(strings = {"L1\n", "L8388607L\n", "I1\n", "I-12\n", "I01\n", "L-1L\n"})
  void numbersInDigitsCostNoMoreThanTheirBytes(String number) {
    int count = 3_000;
    CostOracle oracle =
        new CostOracle(64 << 10, /* bytesPerUnit= */ 128, 20_000_000, /* nanosPerUnit= */ 1_000);

    oracle.check(
        new byte[0],
        (long) count * number.length(),
        WeightsException.class,
        () -> read(p -> p.raw(number.repeat(count))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "--1", "1-", "1.0", "x", "\u0664", "LL"})
  void whatIsNoNumberIsRefused(String digits) {
    assertRefused(p -> p.raw("L" + digits + "\n"), "its pickle holds the number");
    assertRefused(p -> p.raw("L" + "1".repeat(256) + digits + "\n"), "its pickle holds the number");
  }

  @Test
  void numbersOfAllProtocolsAreRead() throws Exception {
    assertThat(read(p -> p.raw("I-12\n"))).isEqualTo(new Whole(-12));
    assertThat(read(p -> p.raw("L12L\n"))).isEqualTo(new Whole(12));
    assertThat(read(p -> p.raw('K', 200))).isEqualTo(new Whole(200));
    assertThat(read(p -> p.raw('M', 1, 255))).isEqualTo(new Whole(0xff01));
    assertThat(read(p -> p.raw('J', 254, 255, 255, 255))).isEqualTo(new Whole(-2));
    assertThat(read(p -> p.raw(0x8a, 2, 0, 128))).isEqualTo(new Whole(-32768));
    assertThat(read(p -> p.raw(0x8a, 0))).isEqualTo(new Whole(0));
    assertThat(read(p -> p.raw(0x8b, 1, 0, 0, 0, 7))).isEqualTo(new Whole(7));
    assertThat(read(p -> p.raw(0x88))).isEqualTo(new Truth(true));
    assertThat(read(p -> p.raw("F1.5\n"))).isEqualTo(Plain.VALUE);
    assertThat(read(p -> p.raw("G12345678"))).isEqualTo(Plain.VALUE);
  }

  @Test
  void textsOfAllProtocolsAreRead() throws Exception {
    Text text = new Text("ab");
    assertThat(read(p -> p.text("ab"))).isEqualTo(text);
    assertThat(read(p -> p.raw("S'ab'\n"))).isEqualTo(text);
    assertThat(read(p -> p.raw("Vab\n"))).isEqualTo(text);
    assertThat(read(p -> p.raw('U', 2).raw("ab"))).isEqualTo(text);
    assertThat(read(p -> p.raw('T', 2, 0, 0, 0).raw("ab"))).isEqualTo(text);
    assertThat(read(p -> p.raw(0x8c, 2).raw("ab"))).isEqualTo(text);
    assertThat(read(p -> p.raw(0x8d, 2, 0, 0, 0, 0, 0, 0, 0).raw("ab"))).isEqualTo(text);
    assertThat(read(p -> p.raw('C', 2).raw("ab"))).isEqualTo(Plain.VALUE);
  }

  @Test
  void listsAndDictionariesOfAllProtocolsAreRead() throws Exception {
    assertThat(((Items) read(p -> p.raw("]K\1a(K\2K\3e"))).values)
        .containsExactly(new Whole(1), new Whole(2), new Whole(3));
    assertThat(((Items) read(p -> p.raw("(K\1K\2l"))).values).hasSize(2);
    assertThat(((Items) read(p -> p.raw("K\1K\2K\3").raw(0x87))).values)
        .containsExactly(new Whole(1), new Whole(2), new Whole(3));
    assertThat(((Dict) read(p -> p.raw("(").text("a").raw("K\1d"))).entries)
        .containsEntry("a", new Whole(1));
    assertThat(read(p -> p.raw(0x8f).raw("(K\1").raw(0x90))).isEqualTo(Plain.VALUE);
    assertThat(read(p -> p.raw("(K\1").raw(0x91))).isEqualTo(Plain.VALUE);
  }

  @Test
  void theStackAndTheMemoWork() throws Exception {
    assertThat(read(p -> p.raw("K\1K\0020"))).isEqualTo(new Whole(1));
    assertThat(read(p -> p.raw("K\1(K\0021"))).isEqualTo(new Whole(1));
    assertThat(read(p -> p.raw("K\1(0"))).isEqualTo(new Whole(1));
    assertThat(((Items) read(p -> p.raw("K\0012").raw(0x86))).values).hasSize(2);
    assertThat(read(p -> p.raw("K\5p7\n0g7\n"))).isEqualTo(new Whole(5));
    assertThat(read(p -> p.raw("K\5").raw(0x94).raw("0h").raw(0))).isEqualTo(new Whole(5));
    assertThat(read(p -> p.raw("K\5r\1\0\0\0000j\1\0\0\0"))).isEqualTo(new Whole(5));
  }

  @Test
  void anOrderedDictionaryIsReadAsEitherPythonWritesIt() throws Exception {
    var python3 =
        (Dict)
            read(p ->
                p.global("collections", "OrderedDict")
                    .raw(")R")
                    .text("a")
                    .raw("K\1s}")
                    .text("_metadata")
                    .raw("}sb"));
    assertThat(python3.entries).containsOnlyKeys("a");
    var python2 =
        (Dict)
            read(p -> p.global("collections", "OrderedDict").raw("(]](").text("a").raw("K\1eatR"));
    assertThat(python2.entries).containsOnlyKeys("a");
  }

  @Test
  void tensorsAreReadFromAllTheirBuilders() throws Exception {
    assertThat(read(p -> p.vector("HalfStorage", "7", 3))).isInstanceOf(StoredTensor.class);
    assertThat(
            read(p ->
                p.global("torch._utils", "_rebuild_tensor")
                    .raw("(")
                    .storage("LongStorage", "0", 1)
                    .whole(0)
                    .global("torch", "Size")
                    .tuple(1)
                    .raw(0x85)
                    .raw("R")
                    .tuple(1)
                    .raw("tR")))
        .isInstanceOf(StoredTensor.class);
    assertThat(
            read(p ->
                p.global("torch._utils", "_rebuild_parameter")
                    .raw("(")
                    .vector("FloatStorage", "0", 1)
                    .raw(0x88)
                    .raw(")tR")))
        .isInstanceOf(StoredTensor.class);
  }

  @Test
  void plainDataBesideTheWeightsIsPassedOver() throws Exception {
    assertThat(
            read(p ->
                p.global("argparse", "Namespace")
                    .raw(")")
                    .raw(0x81)
                    .raw("}")
                    .text("lr")
                    .raw("K\1sb")))
        .isEqualTo(Plain.VALUE);
    assertThat(
            read(p ->
                p.global("numpy.core.multiarray", "scalar")
                    .global("numpy", "dtype")
                    .text("f8")
                    .raw("K\0K\1")
                    .raw(0x87)
                    .raw("R(K\3tb")
                    .global("_codecs", "encode")
                    .text("x")
                    .text("latin1")
                    .raw(0x86)
                    .raw("R")
                    .raw(0x86)
                    .raw("R")))
        .isEqualTo(Plain.VALUE);
  }

  @ParameterizedTest
  @CsvSource({
    "posix, system",
    "builtins, eval",
    "__builtin__, getattr",
    "torch, load",
    "torch.nn.modules.linear, Linear",
    "collections, OrderedDict.fromkeys",
    "torch.FloatStorage, __class__"
  })
  void everyOtherNameIsRefusedWhenItIsMentioned(String module, String name) {
    String finding =
        "the file wants to call %s.%s, which plain weights never need: refused; nothing was executed"
            .formatted(module, name);
    assertRefused(p -> p.global(module, name), finding);
    assertRefused(p -> p.raw("(i" + module + "\n" + name + "\n"), finding);
    assertRefused(p -> p.text(module).text(name).raw(0x93), finding);
  }

  @Test
  void aNameCannotForgeTheMessage() {
    assertRefused(
        p -> p.text("posix\u001b[2J\n\u202e").text("x".repeat(500)).raw(0x93),
        "call posix\\u001b[2J\\u000a\\u202e.xxx");
  }

  @ParameterizedTest
  @ValueSource(ints = {'P', 'o', 0x82, 0x83, 0x84, 0x97, 0x98, 0xff, 0})
  void otherOpcodesAreRefused(int opcode) {
    assertRefused(
        p -> p.raw(opcode), "its pickle has the opcode 0x%02x at byte 2".formatted(opcode));
  }

  @Test
  void aDamagedProgramIsRefused() {
    assertRefused(p -> p, "takes a value that is not there");
    assertRefused(p -> p.raw("K\1(0000"), "takes a value that is not there");
    assertRefused(p -> p.raw("K\1(a"), "takes a value that is not there");
    assertRefused(p -> p.raw("t"), "lacks a mark");
    assertRefused(p -> p.raw("h\3"), "asks for value 3");
    assertRefused(p -> p.raw("K\1K\1a"), "appends to what is no list");
    assertRefused(p -> p.raw(")K\1a"), "appends to what is no list");
    assertRefused(p -> p.raw("]K\1K\1s"), "what is no dictionary");
    assertRefused(p -> p.raw("}(K\1u"), "a key without a value");
    assertRefused(p -> p.raw("K\1}b"), "sets attributes of what has none");
    assertRefused(p -> p.raw("K\1)R"), "calls what is no function");
    assertRefused(p -> p.raw("K\1Q"), "mentions a malformed storage");
    assertRefused(p -> p.storage("FloatStorage", "0", -1), "mentions a malformed storage");
    assertRefused(p -> p.storage("Size", "0", 1), "mentions a malformed storage");
    assertRefused(p -> p.global("torch", "FloatStorage").raw(")R"), "a storage inside the pickle");
    assertRefused(p -> p.rebuild().raw("tR"), "a tensor without storage");
    assertRefused(p -> p.raw("Ix\n"), "holds the number x");
    assertRefused(p -> p.raw("S'x\n"), "a text without quotes");
    assertRefused(p -> p.raw('T', 255, 255, 255, 255), "has a negative length");
    assertRefused(p -> p.raw('X', 255, 255, 255, 127), "holds a text of 2147483647 bytes");
    assertRefused(p -> p.raw('X', 255, 0, 0, 0), "its pickle is truncated");
    assertRefused(p -> p.raw(0x8b, 0, 1, 0, 0), "holds a number of 256 bytes");
    assertRefused(p -> p.raw(0x80, 6), "is of protocol 6");
    assertRefused(p -> p.raw("c" + "x".repeat(5000)), "a line of more than 4096 bytes");
    assertRefused(
        p -> p.raw("}").text("a").raw("K\1s").text("a").raw("K\1s"), "the name a appears twice");
  }

  @Test
  void aDeepNestDoesNotOverflow() throws Exception {
    assertThat(read(p -> p.raw(")" + "\u0085".repeat(1_000_000)))).isInstanceOf(Items.class);
    assertThat(read(p -> p.raw("K\1" + "(".repeat(100_000) + "K\1"))).isEqualTo(new Whole(1));
  }

  @Test
  void aProgramThatMultipliesItsDataIsStopped() {
    String list = "](" + "K\1".repeat(1000) + "e";
    String call = "ctorch\nSize\nh\0" + "\u0085" + "R";
    assertRefused(p -> p.raw(list + "q\0" + call.repeat(2000)), "takes more than 2000000 steps");
    assertRefused(p -> p.raw("N".repeat(2_100_000)), "takes more than 2000000 steps");
  }

  @Test
  void attributesThatAreSetOnManyObjectsAreStopped() {
    String entries =
        IntStream.range(0, 1000).mapToObj("S'%d'\nK\1"::formatted).collect(Collectors.joining());
    String object = "c__torch__\nNet\n)\u0081h\0b";
    assertRefused(
        p -> p.raw("}(" + entries + "uq\0" + object.repeat(2000)), "takes more than 2000000 steps");
  }

  @Test
  void aModuleOfTorchScriptHasNoStateDictsWithNames() throws Exception {
    PickleValue module = read(p -> p.global("__torch__", "Net").raw(")").raw(0x81).raw("}b"));

    assertThatThrownBy(() -> StateDict.find(module, "ema"))
        .isInstanceOf(WeightsException.class)
        .hasMessage(
            "it is TorchScript, one module, and holds no state dict named ema: leave the name out");
  }
}
