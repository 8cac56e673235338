package io.github.resnetserving.openinference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.openinference.InferenceCall.Input;
import io.github.resnetserving.openinference.InferenceCall.RequestedOutput;
import io.github.resnetserving.openinference.ProtocolException.Kind;
import io.github.resnetserving.openinference.wire.InferParameter;
import io.github.resnetserving.openinference.wire.InferTensorContents;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferInputTensor;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferRequestedOutputTensor;
import io.github.resnetserving.tensor.NetworkInput.NormalizedImage;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageReaderTest {

  private static final String ONE_INPUT =
      "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8).";
  private static final String ONE_RAW =
      "Send raw_input_contents with one element an input, or contents, but not both.";
  private static final String NOT_BYTES =
      "The elements of image must be bytes: base64 in JSON, or as the binary tensor extension,"
          + " bytes_contents or raw_input_contents has them.";

  private final Budget budget = new Budget(1 << 30);

  @Test
  void whatTheGeneratedClassWritesIsRead() throws Exception {
    byte[] message =
        ModelInferRequest.newBuilder()
            .setModelName("tiny")
            .setModelVersion("1")
            .setId("7ä")
            .putParameters("deadline_ms", whole(70))
            .putParameters("other", InferParameter.newBuilder().setStringParam("x").build())
            .addInputs(tensor(2, contents(24)))
            .addOutputs(InferRequestedOutputTensor.newBuilder().setName("features"))
            .addOutputs(
                InferRequestedOutputTensor.newBuilder()
                    .setName("logits")
                    .putParameters("classification", whole(3)))
            .build()
            .toByteArray();

    MessageReader reader = new MessageReader(message);
    assertThat(reader.target()).isEqualTo(new MessageReader.Target("tiny", "1"));
    MessageReader.Message read = reader.read(TestModels.TINY, 3, budget.open());

    assertThat(read.id()).isEqualTo("7ä");
    assertThat(read.deadlineMillis()).isEqualTo(70);
    assertThat(read.outputs())
        .containsExactly(new RequestedOutput("features", 0), new RequestedOutput("logits", 3));
    assertThat(((NormalizedImage) ((Input.Numbers) read.input()).images().getLast()).chw())
        .containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
  }

  @ParameterizedTest
  @ValueSource(strings = {"packed", "single", "both", "raw", "raw first"})
  void numbersComeInEveryFormThatTheWireHas(String form) throws Exception {
    Wire contents = new Wire();
    Wire message = new Wire();
    byte[] raw = floats(12);
    Wire tensor = new Wire().text(1, "input").text(2, "FP32").sizes(1, 3, 2, 2);
    switch (form) {
      case "packed" -> tensor.bytes(5, contents.bytes(6, raw).toBytes());
      case "single" -> {
        IntStream.range(0, 12).forEach(i -> contents.fixed32(6, i));
        tensor.bytes(5, contents.toBytes());
      }
      case "both" -> {
        contents.bytes(6, floats(5));
        IntStream.range(5, 12).forEach(i -> contents.fixed32(6, i));
        tensor.bytes(5, contents.toBytes());
      }
      case "raw first" -> message.bytes(7, raw);
      default -> {}
    }
    message.bytes(5, tensor.toBytes());
    if (form.equals("raw")) {
      message.bytes(7, raw);
    }

    Input input = read(message.toBytes()).input();

    assertThat(((NormalizedImage) ((Input.Numbers) input).images().getFirst()).chw())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  }

  @ParameterizedTest
  @ValueSource(strings = {"packed", "single", "raw"})
  void pixelsComeInEveryFormThatTheWireHas(String form) throws Exception {
    byte[] planes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    Wire message = new Wire();
    Wire tensor = new Wire().text(1, "input").text(2, "UINT8").sizes(1, 3, 2, 2);
    switch (form) {
      case "packed" -> tensor.bytes(5, new Wire().bytes(4, planes).toBytes());
      case "single" -> {
        Wire contents = new Wire();
        IntStream.range(0, 12).forEach(i -> contents.varint(4, i));
        tensor.bytes(5, contents.toBytes());
      }
      default -> message.bytes(7, planes);
    }

    Input input = read(message.bytes(5, tensor.toBytes()).toBytes()).input();

    assertThat(((Pixels) ((Input.Numbers) input).images().getFirst()).rgb())
        .containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
  }

  @Test
  void contentsOfAnotherTypeAreRefused() {
    byte[] contents = new Wire().bytes(6, floats(12)).toBytes();
    for (String datatype : List.of("FP16", "UINT8")) {
      Wire tensor =
          new Wire().text(1, "input").text(2, datatype).sizes(1, 3, 2, 2).bytes(5, contents);
      assertThat(
              catchThrowableOfType(
                  ProtocolException.class,
                  () -> read(new Wire().bytes(5, tensor.toBytes()).toBytes())))
          .hasMessageStartingWith(
              "The contents of input are those of FP32, and its datatype is " + datatype);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"contents", "contents before the name", "raw", "raw first", "unknown fields"})
  void imagesComeInEveryForm(String form) throws Exception {
    Wire message = new Wire();
    Wire tensor = new Wire();
    byte[] contents = new Wire().text(8, "ABC").text(8, "D").toBytes();
    byte[] raw = {3, 0, 0, 0, 'A', 'B', 'C', 1, 0, 0, 0, 'D'};
    if (form.equals("raw first")) {
      message.bytes(7, raw);
    }
    if (form.equals("contents before the name")) {
      tensor.bytes(5, contents);
    }
    if (form.equals("unknown fields")) {
      tensor.text(99, "x").varint(98, -1).fixed32(97, 1).group(96, 3);
      message.text(50, "x").varint(51, 5).group(52, 50);
    }
    tensor.text(1, "image").text(2, "BYTES").varint(3, 2).varint(3, 1);
    if (form.equals("contents") || form.equals("unknown fields")) {
      tensor.bytes(5, contents);
    }
    message.bytes(5, tensor.toBytes());
    if (form.equals("raw")) {
      message.bytes(7, raw);
    }

    Input input = read(message.toBytes()).input();

    assertThat(((Input.Images) input).encoded())
        .containsExactly(
            "ABC".getBytes(StandardCharsets.US_ASCII), "D".getBytes(StandardCharsets.US_ASCII));
  }

  static Stream<Arguments> whatIsWrong() {
    byte[] good =
        new Wire()
            .text(1, "input")
            .text(2, "FP32")
            .sizes(1, 3, 2, 2)
            .bytes(5, new Wire().bytes(6, floats(12)).toBytes())
            .toBytes();
    Wire named = new Wire().text(1, "input").text(2, "FP32");
    Wire sized = named.copy().sizes(1, 3, 2, 2);
    Wire image = new Wire().text(1, "image").text(2, "BYTES");
    return Stream.of(
        Arguments.of(new Wire(), ONE_INPUT),
        Arguments.of(new Wire().bytes(5, good).bytes(5, good), ONE_INPUT),
        Arguments.of(new Wire().bytes(5, new byte[0]), "A tensor has no name, which must be text."),
        Arguments.of(
            new Wire().bytes(5, new Wire().text(1, "image").toBytes()),
            "A tensor has no datatype, which must be text."),
        Arguments.of(
            new Wire().bytes(5, new Wire().text(1, "odd").toBytes()),
            "There is no input odd. Send image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            new Wire().bytes(5, new Wire().text(1, "x".repeat(300)).toBytes()),
            "There is no input "
                + "x".repeat(80)
                + "…. Send image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            new Wire().bytes(5, new Wire().text(1, "x".repeat(2000)).toBytes()),
            "The name of an input has 2000 bytes: it may have at most 1024."),
        Arguments.of(
            new Wire().text(3, "x".repeat(5_000_000)).bytes(5, good),
            "id has 5000000 bytes: it may have at most 1024."),
        Arguments.of(
            new Wire().bytes(3, new byte[] {(byte) 0xff}).bytes(5, good), "id is not UTF-8."),
        Arguments.of(
            new Wire().bytes(3, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}).bytes(5, good),
            "id is not UTF-8."),
        Arguments.of(
            new Wire().bytes(5, new Wire().bytes(1, new byte[] {(byte) 0xc3}).toBytes()),
            "The name of an input is not UTF-8."),
        Arguments.of(
            new Wire().bytes(5, new Wire().text(1, "input").text(2, "INT8").toBytes()),
            "The datatype of input is INT8: it must be FP32, FP16 or UINT8."),
        Arguments.of(
            new Wire().bytes(5, named.copy().sizes(1, 3, 2, 2, 1).toBytes()),
            "The shape has more than 4 sizes: image takes [n] or [n, 1], input takes [n, 3, height,"
                + " width]."),
        Arguments.of(
            new Wire().bytes(5, named.copy().sizes(-1, 3, 2, 2).toBytes()),
            "The shape of input is [-1, 3, 2, 2]: it must be [n, 3, height, width]."),
        Arguments.of(
            new Wire().bytes(5, named.copy().sizes(1, 3, 4, 4).toBytes()),
            "The input is 4 x 4: tiny takes 2 x 2."),
        Arguments.of(
            new Wire().bytes(5, named.copy().sizes(Long.MAX_VALUE, 3, 2, 2).toBytes()),
            "There are 9223372036854775807 images: a request may have at most 3."),
        Arguments.of(
            new Wire().bytes(5, named.toBytes()),
            "The shape of input is []: it must be [n, 3, height, width]."),
        Arguments.of(
            new Wire().bytes(5, sized.toBytes()),
            "The shape of input is [1, 3, 2, 2], but it has 0 elements."),
        Arguments.of(
            new Wire()
                .bytes(
                    5, sized.copy().bytes(5, new Wire().bytes(6, floats(13)).toBytes()).toBytes()),
            "The input has more than 12 elements: that are 1 images of 3 x 2 x 2."),
        Arguments.of(
            new Wire()
                .bytes(
                    5, sized.copy().bytes(5, new Wire().bytes(6, new byte[5]).toBytes()).toBytes()),
            "5 bytes are no whole number of FP32 elements."),
        Arguments.of(
            new Wire()
                .bytes(
                    5, sized.copy().bytes(5, new Wire().fixed32(6, Float.NaN).toBytes()).toBytes()),
            "Element 0 of input is NaN: it must be a finite number."),
        Arguments.of(
            new Wire()
                .bytes(
                    5,
                    sized
                        .copy()
                        .bytes(
                            5,
                            new Wire().fixed32(6, 0).fixed32(6, Float.NEGATIVE_INFINITY).toBytes())
                        .toBytes()),
            "Element 1 of input is -Infinity: it must be a finite number."),
        Arguments.of(
            new Wire()
                .bytes(
                    5,
                    sized
                        .copy()
                        .bytes(
                            5,
                            new Wire()
                                .bytes(6, floats(12, 28 / 4, Float.POSITIVE_INFINITY))
                                .toBytes())
                        .toBytes()),
            "Element 7 of input is Infinity: it must be a finite number."),
        Arguments.of(
            new Wire().bytes(5, sized.toBytes()).bytes(7, floats(12, 44 / 4, Float.NaN)),
            "Element 11 of input is NaN: it must be a finite number."),
        Arguments.of(
            new Wire().bytes(5, sized.toBytes()).bytes(7, floats(13)),
            "The shape of input is [1, 3, 2, 2], but it has 13 elements."),
        Arguments.of(
            new Wire().bytes(5, sized.toBytes()).bytes(7, floats(12)).bytes(7, new byte[0]),
            ONE_RAW),
        Arguments.of(new Wire().bytes(5, good).bytes(7, floats(12)), ONE_RAW),
        Arguments.of(new Wire().bytes(5, good).bytes(7, new byte[0]), ONE_RAW),
        Arguments.of(
            new Wire()
                .bytes(5, sized.copy().bytes(5, new Wire().text(8, "ABC").toBytes()).toBytes()),
            "The elements of input must be numbers."),
        Arguments.of(
            new Wire()
                .bytes(
                    5,
                    image
                        .copy()
                        .varint(3, 1)
                        .bytes(5, new Wire().fixed32(6, 1).toBytes())
                        .toBytes()),
            NOT_BYTES),
        Arguments.of(
            new Wire()
                .bytes(
                    5,
                    image
                        .copy()
                        .varint(3, 1)
                        .bytes(5, new Wire().text(8, "A").text(8, "B").toBytes())
                        .toBytes()),
            "The shape of image is [1], but it has 2 elements."),
        Arguments.of(
            new Wire()
                .bytes(
                    5,
                    image
                        .copy()
                        .varint(3, 3)
                        .bytes(
                            5, new Wire().text(8, "").text(8, "").text(8, "").text(8, "").toBytes())
                        .toBytes()),
            "There are more than 3 images: a request may have no more."),
        Arguments.of(new Wire().text(3, "a").text(3, "b").bytes(5, good), "id is given twice."),
        Arguments.of(
            new Wire().text(1, "a").text(1, "b").bytes(5, good), "model_name is given twice."),
        Arguments.of(
            new Wire().text(2, "a").text(2, "b").bytes(5, good), "model_version is given twice."),
        Arguments.of(
            new Wire().bytes(5, named.copy().text(1, "input").toBytes()),
            "The name of an input is given twice."),
        Arguments.of(
            new Wire().bytes(5, named.copy().text(2, "FP32").toBytes()),
            "The datatype of an input is given twice."),
        Arguments.of(
            new Wire().bytes(5, sized.copy().bytes(5, new byte[0]).bytes(5, new byte[0]).toBytes()),
            "The contents of an input are given twice."),
        Arguments.of(
            new Wire().bytes(5, image.copy().varint(3, 4).toBytes()),
            "There are 4 images: a request may have at most 3."),
        Arguments.of(
            new Wire().bytes(5, good).bytes(6, new byte[0]),
            "There is no output . There are: logits, probabilities, features."),
        Arguments.of(
            new Wire()
                .bytes(5, good)
                .bytes(6, new Wire().text(1, "logits").toBytes())
                .bytes(6, new Wire().text(1, "logits").toBytes()),
            "The output logits is asked for twice."),
        Arguments.of(
            new Wire()
                .bytes(5, good)
                .bytes(
                    6,
                    new Wire()
                        .text(1, "logits")
                        .bytes(2, new Wire().text(1, "shared_memory_region").toBytes())
                        .toBytes()),
            "shared_memory_region is not supported: send and receive tensors in the request and the"
                + " answer."),
        Arguments.of(
            new Wire()
                .bytes(
                    5,
                    new Wire()
                        .bytes(4, new Wire().text(1, "shared_memory_region").toBytes())
                        .toBytes()),
            "shared_memory_region is not supported: send and receive tensors in the request and the"
                + " answer."),
        Arguments.of(
            new Wire().bytes(4, new Wire().text(1, "deadline_ms").toBytes()).bytes(5, good),
            "deadline_ms must be a whole number."),
        Arguments.of(
            new Wire()
                .bytes(
                    4,
                    new Wire()
                        .text(1, "deadline_ms")
                        .bytes(2, new Wire().varint(2, 5).text(3, "5").toBytes())
                        .toBytes())
                .bytes(5, good),
            "deadline_ms must be a whole number."),
        Arguments.of(
            new Wire().bytes(5, good).varint(5 + 7, 1).raw((byte) 0x0c),
            "The message is no ModelInferRequest: Protocol message end-group tag did not match"
                + " expected tag."));
  }

  @ParameterizedTest
  @MethodSource("whatIsWrong")
  void whatIsWrongIsNamed(Wire message, String detail) {
    ProtocolException e =
        catchThrowableOfType(ProtocolException.class, () -> read(message.toBytes()));

    assertThat(e).hasMessage(detail);
    assertThat(e.kind()).isEqualTo(Kind.INVALID);
  }

  static Stream<Arguments> bombs() {
    int many = 2_000_000;
    Wire named = new Wire().text(1, "input").text(2, "FP32").sizes(1, 3, 2, 2);
    Wire image = new Wire().text(1, "image").text(2, "BYTES").varint(3, 1);
    return Stream.of(
        Arguments.of("empty inputs", new Wire().repeat(many, 5 << 3 | 2, 0)),
        Arguments.of("empty outputs", new Wire().repeat(many, 6 << 3 | 2, 0)),
        Arguments.of("empty raw contents", new Wire().repeat(many, 7 << 3 | 2, 0)),
        Arguments.of("empty parameters", new Wire().repeat(many, 4 << 3 | 2, 0)),
        Arguments.of("ids", new Wire().repeat(many, 3 << 3 | 2, 0)),
        Arguments.of("unknown numbers", new Wire().repeat(many, 9 << 3, 0)),
        Arguments.of("unknown texts", new Wire().repeat(many, 9 << 3 | 2, 0)),
        Arguments.of("unknown groups", new Wire().repeat(many, 9 << 3 | 3, 9 << 3 | 4)),
        Arguments.of("sizes", new Wire().bytes(5, new Wire().repeat(many, 3 << 3, 1).toBytes())),
        Arguments.of(
            "packed sizes", new Wire().bytes(5, new Wire().bytes(3, new byte[many]).toBytes())),
        Arguments.of(
            "parameters of an input",
            new Wire().bytes(5, new Wire().repeat(many, 4 << 3 | 2, 0).toBytes())),
        Arguments.of(
            "empty contents",
            new Wire().bytes(5, named.copy().repeat(many, 5 << 3 | 2, 0).toBytes())),
        Arguments.of(
            "empty images",
            new Wire()
                .bytes(
                    5,
                    image
                        .copy()
                        .bytes(5, new Wire().repeat(many, 8 << 3 | 2, 0).toBytes())
                        .toBytes())),
        Arguments.of(
            "truths",
            new Wire()
                .bytes(
                    5,
                    named.copy().bytes(5, new Wire().repeat(many, 1 << 3, 1).toBytes()).toBytes())),
        Arguments.of(
            "packed integers",
            new Wire()
                .bytes(
                    5,
                    named
                        .copy()
                        .bytes(5, new Wire().bytes(2, new byte[many]).toBytes())
                        .toBytes())),
        Arguments.of(
            "packed numbers",
            new Wire()
                .bytes(
                    5,
                    named
                        .copy()
                        .bytes(5, new Wire().bytes(6, new byte[many]).toBytes())
                        .toBytes())),
        Arguments.of(
            "packed numbers before the shape",
            new Wire()
                .bytes(
                    5,
                    new Wire().bytes(5, new Wire().bytes(6, new byte[many]).toBytes()).toBytes())),
        Arguments.of("raw numbers", new Wire().bytes(5, named.toBytes()).bytes(7, new byte[many])),
        Arguments.of(
            "raw empty images", new Wire().bytes(5, image.toBytes()).bytes(7, new byte[many])),
        Arguments.of(
            "parameters of an output",
            new Wire().bytes(6, new Wire().repeat(many, 2 << 3 | 2, 0).toBytes())),
        Arguments.of(
            "a long parameter's name",
            new Wire().bytes(4, new Wire().bytes(1, new byte[many]).toBytes())),
        Arguments.of("a long model's name", new Wire().bytes(1, new byte[many])));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bombs")
  void whatIsRefusedTakesNoMemoryHoweverManyFieldsItHas(String what, Wire wire) {
    byte[] message = wire.toBytes();
    assertThat(message.length).isGreaterThan(1_900_000);

    long allocated =
        Allocation.of(() -> {
          try {
            var _ = read(message);
            throw new AssertionError("accepted");
          } catch (ProtocolException e) {
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e.detail()).hasSizeLessThan(200);
          }
        });

    assertThat(allocated).as(what).isLessThan(500_000);
  }

  @Test
  void aMessageThatIsCutOffAnywhereOrHasWrongBytesIsRefusedAndNothingElse() {
    byte[] good =
        ModelInferRequest.newBuilder()
            .setModelName("tiny")
            .setId("7")
            .putParameters("deadline_ms", whole(70))
            .addInputs(tensor(1, contents(12)))
            .addOutputs(
                InferRequestedOutputTensor.newBuilder()
                    .setName("logits")
                    .putParameters("classification", whole(3)))
            .build()
            .toByteArray();
    Random random = new Random(5);
    for (int length = 0; length < good.length; length++) {
      readOrRefuse(java.util.Arrays.copyOf(good, length));
    }
    for (int i = 0; i < 20_000; i++) {
      byte[] mutated = good.clone();
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      readOrRefuse(mutated);
    }
  }

  private void readOrRefuse(byte[] message) {
    try {
      var _ = read(message);
    } catch (ProtocolException e) {
      assertThat(e.kind()).isEqualTo(Kind.INVALID);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 99, 101, 1_000, 100_000})
  void groupsWithinGroupsEndSomewhere(int depth) {
    byte[] message = new Wire().group(52, depth).toBytes();

    ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> read(message));

    assertThat(e.kind()).isEqualTo(Kind.INVALID);
    assertThat(e.detail())
        .startsWith(
            depth < 100 ? ONE_INPUT : "The message is no ModelInferRequest: Protocol message");
  }

  private MessageReader.Message read(byte[] message) throws ProtocolException {
    try (Budget.Lease lease = budget.open()) {
      MessageReader reader = new MessageReader(message);
      var _ = reader.target();
      return reader.read(TestModels.TINY, 3, lease);
    }
  }

  private static InferInputTensor tensor(long images, InferTensorContents contents) {
    return InferInputTensor.newBuilder()
        .setName("input")
        .setDatatype("FP32")
        .addAllShape(List.of(images, 3L, 2L, 2L))
        .setContents(contents)
        .build();
  }

  private static InferTensorContents contents(int count) {
    var contents = InferTensorContents.newBuilder();
    IntStream.range(0, count).forEach(i -> contents.addFp32Contents(i));
    return contents.build();
  }

  private static InferParameter whole(long value) {
    return InferParameter.newBuilder().setInt64Param(value).build();
  }

  /** 0, 1, 2, … */
  private static byte[] floats(int count) {
    ByteBuffer floats = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.range(0, count).forEach(i -> floats.putFloat(i));
    return floats.array();
  }

  /** The same with another number at an index. */
  private static byte[] floats(int count, int index, float other) {
    return ByteBuffer.wrap(floats(count))
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(4 * index, other)
        .array();
  }

  /** A message as its bytes. */
  static final class Wire {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Wire copy() {
      return new Wire().append(toBytes());
    }

    Wire raw(byte value) {
      out.write(value);
      return this;
    }

    private Wire append(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    private void number(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    Wire varint(int field, long value) {
      number((long) field << 3);
      number(value);
      return this;
    }

    Wire fixed32(int field, float value) {
      number(((long) field << 3) | 5);
      return append(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    }

    Wire bytes(int field, byte[] value) {
      number(((long) field << 3) | 2);
      number(value.length);
      return append(value);
    }

    Wire text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Wire sizes(long... sizes) {
      for (long size : sizes) {
        varint(3, size);
      }
      return this;
    }

    Wire group(int field, int depth) {
      for (int i = 0; i < depth; i++) {
        number(((long) field << 3) | 3);
      }
      for (int i = 0; i < depth; i++) {
        number(((long) field << 3) | 4);
      }
      return this;
    }

    Wire repeat(int bytes, int first, int second) {
      for (int i = 0; i < bytes / 2; i++) {
        out.write(first);
        out.write(second);
      }
      return this;
    }

    byte[] toBytes() {
      return out.toByteArray();
    }

    @Override
    public String toString() {
      return out.size() + " bytes";
    }
  }
}
