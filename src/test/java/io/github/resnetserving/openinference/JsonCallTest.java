package io.github.resnetserving.openinference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.openinference.InferenceCall.Input;
import io.github.resnetserving.openinference.InferenceCall.RequestedOutput;
import io.github.resnetserving.openinference.ProtocolException.Kind;
import io.github.resnetserving.tensor.NetworkInput.NormalizedImage;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCallTest {

  private static final String TWELVE = "0,1,2,3,4,5,6,7,8,9,10,11";
  private static final String NUMBERS =
      "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[1,3,2,2],\"data\":[%s]}]}";
  private static final String IMAGES =
      "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[%d],\"data\":[%s]}]}";

  private final Budget budget = new Budget(1 << 30);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[1,3,2,2],\"data\":[@]}]}",
        "{\"inputs\":[{\"data\":[@],\"shape\":[1,3,2,2],\"datatype\":\"FP32\",\"name\":\"input\"}]}",
        "{\"inputs\":[{\"shape\":[1,3,2,2],\"data\":[[[@]]],\"name\":\"input\",\"datatype\":\"FP32\"}]}",
        "{\"x\":{\"y\":[{\"z\":[1,[2]]},null,\"t\"]},\"outputs\":[],\"inputs\":[{\"u\":[[]],\"name\":"
            + "\"input\",\"datatype\":\"FP32\",\"shape\":[1,3,2,2],\"data\":[@],\"v\":{}}],\"w\":1e999}",
        "\uFEFF {\"id\":null,\"parameters\":null,\"outputs\":null,\"inputs\":[{\"name\":\"input\","
            + "\"parameters\":{\"any\":[1]},\"datatype\":\"FP32\",\"shape\":[1,3,2,2],\"data\":[@]}]}",
        "{\"inputs\":[{\"datatype\":\"FP32\",\"data\":[[],[@],[]],\"name\":\"input\",\"shape\":[1,3,2,2]}]}"
            + " \n"
      })
  void membersComeInAnyOrderAndUnknownOnesAreIgnored(String form) throws Exception {
    JsonCall call = parse(form.replace("@", TWELVE));

    assertThat(((NormalizedImage) ((Input.Numbers) call.input()).images().getFirst()).chw())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    assertThat(call.id()).isNull();
    assertThat(call.outputs()).isEmpty();
  }

  @Test
  void whatIsAskedForIsRead() throws Exception {
    JsonCall call =
        parse(
            """
            {"id": "a\\u00e4\\ud83d\\ude00", "parameters": {"deadline_ms": 70, "binary_data_output": true},
             "outputs": [{"name": "features", "parameters": {"binary_data": false}},
              {"parameters": {"classification": 3}, "name": "logits"}], \
            """
                + NUMBERS.formatted(TWELVE).substring(1));

    assertThat(call.id()).isEqualTo("aä😀");
    assertThat(call.deadlineMillis()).isEqualTo(70);
    assertThat(call.outputs())
        .containsExactly(new RequestedOutput("features", 0), new RequestedOutput("logits", 3));
    assertThat(call.isBinary("features")).isFalse();
    assertThat(call.isBinary("logits")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 1000, 70_000})
  void imagesOfEverySizeAreDecodedWithAndWithoutPaddingAndEscapes(int size) throws Exception {
    byte[] image = new byte[size];
    new Random(size).nextBytes(image);
    String text = Base64.getEncoder().encodeToString(image);
    for (String form :
        List.of(
            text,
            text.replace("=", ""),
            text.replace("/", "\\/"),
            text.replace("=", "\\u003d"),
            text.replace("+", "\\u002B"),
            " " + text)) {
      JsonCall call = parse(IMAGES.formatted(1, '"' + form + '"'));

      assertThat(((Input.Images) call.input()).encoded().getFirst()).as(form).isEqualTo(image);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data first", "name first"})
  void imagesComeInAnyOrderToo(String order) throws Exception {
    String tensor = "\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[2,1]";
    String data = "\"data\":[[\"QUJD\"],[\"RA\"]]";
    JsonCall call =
        parse(
            "{\"inputs\":[{%s}]}"
                .formatted(order.equals("data first") ? data + "," + tensor : tensor + "," + data));

    assertThat(((Input.Images) call.input()).encoded())
        .containsExactly(
            "ABC".getBytes(StandardCharsets.US_ASCII), "D".getBytes(StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NaN",
        "Infinity",
        "-Infinity",
        "+Infinity",
        "+INF",
        "-INF",
        "1e400",
        "-1e400",
        "3.5e38",
        "1e39",
        "-99999999999999999999999999999999999999999999999999"
      })
  void aNumberThatIsNotFiniteIsRefusedByItsIndex(String number) {
    for (int index : new int[] {0, 5, 11}) {
      String data =
          IntStream.range(0, 12)
              .mapToObj(i -> i == index ? number : "0.5")
              .collect(Collectors.joining(","));

      assertThat(refusal(NUMBERS.formatted(data)))
          .startsWith("Element %d of input is ".formatted(index))
          .endsWith(": it must be a finite number.");
    }
  }

  static Stream<Arguments> whatIsWrong() {
    String good = NUMBERS.formatted(TWELVE);
    String start = "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",";
    String end = "\"shape\":[1,3,2,2],\"data\":[" + TWELVE + "]}]}";
    String longText = "x".repeat(300);
    return Stream.of(
        Arguments.of("", "The body must be a JSON object with inputs."),
        Arguments.of("[]", "The body must be a JSON object with inputs."),
        Arguments.of(
            "{}", "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            "{\"inputs\":[]}",
            "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            "{\"inputs\":5}",
            "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            "{\"inputs\":[5]}",
            "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            good.replace("]}]}", "]},{}]}"),
            "inputs must have one element: image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            "{\"inputs\":[{}]}",
            "The input has no data: send an array, or binary_data_size and the bytes after the"
                + " JSON."),
        Arguments.of("{\"inputs\":[{\"data\":[1]}]}", "A tensor has no name, which must be text."),
        Arguments.of("{\"inputs\":[{\"name\":5}]}", "A tensor has no name, which must be text."),
        Arguments.of(
            "{\"inputs\":[{\"name\":\"" + longText + "\"}]}",
            "There is no input "
                + "x".repeat(80)
                + "…. Send image (BYTES) or input (FP32, FP16 or UINT8)."),
        Arguments.of(
            good.replace("FP32", "INT8"),
            "The datatype of input is INT8: it must be FP32, FP16 or UINT8."),
        Arguments.of(
            good.replace("\"FP32\"", "7"), "A tensor has no datatype, which must be text."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[1,3,2,2,1]"),
            "The shape has more than 4 sizes: image takes [n] or [n, 1], input takes [n, 3, height,"
                + " width]."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[1,3,4]"),
            "The shape of input is [1, 3, 4]: it must be [n, 3, height, width]."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[]"),
            "The shape of input is []: it must be [n, 3, height, width]."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[-1,3,2,2]"),
            "The shape of input is [-1, 3, 2, 2]: it must be [n, 3, height, width]."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[9223372036854775807,3,2,2]"),
            "There are 9223372036854775807 images: a request may have at most 3."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[1,3,9223372036854775807,2]"),
            "The input is 9223372036854775807 x 2: tiny takes 2 x 2."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[1,3,9223372036854775808,2]"),
            "Each size of a shape must be a whole number."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[1,3,2.0,2]"),
            "Each size of a shape must be a whole number."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[1,3,2,null]"), "shape must be an array of whole numbers."),
        Arguments.of(good.replace("[1,3,2,2]", "{}"), "shape must be an array of whole numbers."),
        Arguments.of(
            good.replace("[1,3,2,2]", "[2,3,2,2]"),
            "The shape of input is [2, 3, 2, 2], but it has 12 elements."),
        Arguments.of(
            NUMBERS.formatted(TWELVE + ",12"),
            "The input has more than 12 elements: that are 1 images of 3 x 2 x 2."),
        Arguments.of(
            start + "\"data\":[" + (TWELVE + ",").repeat(3) + "1]}]}",
            "The input has more than 36 elements: that are 3 images of 3 x 2 x 2."),
        Arguments.of(NUMBERS.formatted("\"QUJD\""), "The elements of input must be numbers."),
        Arguments.of(
            IMAGES.formatted(1, "1"),
            "The elements of image must be bytes: base64 in JSON, or as the binary tensor"
                + " extension, bytes_contents or raw_input_contents has them."),
        Arguments.of(
            "{\"inputs\":[{\"data\":[1],\"name\":\"image\"}]}",
            "The elements of image must be bytes: base64 in JSON, or as the binary tensor"
                + " extension, bytes_contents or raw_input_contents has them."),
        Arguments.of(
            "{\"inputs\":[{\"data\":[\"QUJD\"],\"name\":\"input\"}]}",
            "The elements of input must be numbers."),
        Arguments.of(
            NUMBERS.formatted("true"),
            "The elements of image must be base64, those of input numbers."),
        Arguments.of(
            NUMBERS.formatted("{}"),
            "The elements of image must be base64, those of input numbers."),
        Arguments.of(
            IMAGES.formatted(1, "\"Q=\""),
            "The elements of image must be base64; JSON has no other way to carry bytes. The binary"
                + " tensor extension needs none."),
        Arguments.of(
            IMAGES.formatted(1, "\"AAA==\""),
            "The elements of image must be base64; JSON has no other way to carry bytes. The binary"
                + " tensor extension needs none."),
        Arguments.of(
            IMAGES.formatted(1, "\"QU\\\"JD\""),
            "The elements of image must be base64; JSON has no other way to carry bytes. The binary"
                + " tensor extension needs none."),
        Arguments.of(
            IMAGES.formatted(4, "\"QUJD\""), "There are 4 images: a request may have at most 3."),
        Arguments.of(
            IMAGES.formatted(3, "\"\",\"\",\"\",\"\""),
            "There are more than 3 images: a request may have no more."),
        Arguments.of(
            IMAGES.formatted(3, "\"QUJD\""), "The shape of image is [3], but it has 1 elements."),
        Arguments.of(
            IMAGES.formatted(0, "\"QUJD\""),
            "The shape of image is [0]: it must be [n] or [n, 1]."),
        Arguments.of("{\"id\":42," + good.substring(1), "id must be text."),
        Arguments.of("{\"id\":[]," + good.substring(1), "id must be text."),
        Arguments.of("{\"id\":true," + good.substring(1), "id must be text."),
        Arguments.of("{\"id\":{}," + good.substring(1), "id must be text."),
        Arguments.of("{\"id\":1.5," + good.substring(1), "id must be text."),
        Arguments.of(
            "{\"id\":\"\\ud800\"," + good.substring(1),
            "id has half a surrogate pair, which is no character."),
        Arguments.of("{\"parameters\":[1]," + good.substring(1), "parameters must be an object."),
        Arguments.of("{\"parameters\":1," + good.substring(1), "parameters must be an object."),
        Arguments.of("{\"parameters\":\"a\"," + good.substring(1), "parameters must be an object."),
        Arguments.of(
            "{\"outputs\":[{\"name\":\"logits\",\"parameters\":[]}]," + good.substring(1),
            "parameters must be an object."),
        Arguments.of(start + "\"parameters\":false," + end, "parameters must be an object."),
        Arguments.of(
            "{\"parameters\":{\"deadline_ms\":1.5}," + good.substring(1),
            "deadline_ms must be a whole number."),
        Arguments.of(
            "{\"parameters\":{\"deadline_ms\":\"5\"}," + good.substring(1),
            "deadline_ms must be a whole number."),
        Arguments.of(
            "{\"parameters\":{\"deadline_ms\":NaN}," + good.substring(1),
            "deadline_ms must be a whole number."),
        Arguments.of(
            "{\"parameters\":{\"deadline_ms\":1e400}," + good.substring(1),
            "deadline_ms must be a whole number."),
        Arguments.of(
            "{\"parameters\":{\"deadline_ms\":99999999999999999999}," + good.substring(1),
            "deadline_ms must be a whole number."),
        Arguments.of(
            "{\"parameters\":{\"binary_data_output\":1}," + good.substring(1),
            "binary_data_output must be true or false."),
        Arguments.of(
            start + "\"parameters\":{\"shared_memory_region\":\"r\"}," + end,
            "shared_memory_region is not supported: send and receive tensors in the request and the"
                + " answer."),
        Arguments.of(
            start + "\"parameters\":{\"shared_memory_offset\":1}," + end,
            "shared_memory_offset is not supported: send and receive tensors in the request and the"
                + " answer."),
        Arguments.of(
            "{\"outputs\":[{\"name\":\"logits\",\"parameters\":{\"shared_memory_region\":\"r\"}}],"
                + good.substring(1),
            "shared_memory_region is not supported: send and receive tensors in the request and the"
                + " answer."),
        Arguments.of(
            "{\"outputs\":[{\"name\":\"odd\"}]," + good.substring(1),
            "There is no output odd. There are: logits, probabilities, features."),
        Arguments.of(
            "{\"outputs\":[{\"name\":\"logits\"},{\"name\":\"logits\"}]," + good.substring(1),
            "The output logits is asked for twice."),
        Arguments.of(
            "{\"outputs\":[{\"name\":\"features\",\"parameters\":{\"classification\":1}}],"
                + good.substring(1),
            "Features have no classes: ask for the classification of logits or probabilities."),
        Arguments.of(
            "{\"outputs\":[{\"name\":\"logits\",\"parameters\":{\"classification\":0}}],"
                + good.substring(1),
            "classification is 0: it must be positive."),
        Arguments.of(
            "{\"outputs\":{}," + good.substring(1), "outputs must be an array of objects."),
        Arguments.of(
            "{\"outputs\":[1]," + good.substring(1), "outputs must be an array of objects."),
        Arguments.of(
            "{\"outputs\":[{}]," + good.substring(1), "A tensor has no name, which must be text."),
        Arguments.of(
            good.replace("{\"inp", "{\"inputs\":[{}],\"inp"),
            "inputs is given twice in an object."),
        Arguments.of(
            "{\"id\":\"a\",\"id\":\"b\"," + good.substring(1), "id is given twice in an object."),
        Arguments.of(start + "\"name\":\"input\"," + end, "name is given twice in an object."),
        Arguments.of(start + "\"data\":[1]," + end, "data is given twice in an object."),
        Arguments.of(start + "\"shape\":[1,3,2,2]," + end, "shape is given twice in an object."),
        Arguments.of(
            good + "{}",
            "The body goes on after its JSON object. Where tensors follow it,"
                + " Inference-Header-Content-Length tells its length."));
  }

  @ParameterizedTest
  @MethodSource("whatIsWrong")
  void whatIsWrongIsNamed(String json, String message) {
    assertThat(refusal(json)).isEqualTo(message);
  }

  static Stream<byte[]> noJson() {
    String good = NUMBERS.formatted(TWELVE);
    return Stream.concat(
        Stream.of(
            bytes("what?"),
            bytes("{"),
            bytes("{\"inputs\":[{\"data\":[1,,2]}]}"),
            bytes("{\"inputs\":[{\"data\":[1"),
            bytes("[".repeat(100_000)),
            bytes("{\"inputs\":[{\"data\":" + "[".repeat(100_000)),
            bytes("{\"a\":".repeat(100_000)),
            bytes("{\"inputs\":[{\"name\":\"" + "x".repeat(2_000) + "\"}]}"),
            bytes("{\"id\":\"" + "x".repeat(5_000_000) + "\"}"),
            bytes("{\"" + "x".repeat(2_000) + "\":1}"),
            bytes("{\"inputs\":[{\"data\":[" + "1".repeat(2_000) + "]}]}"),
            withByte(good.replace("{\"inputs", "{\"id\":\"@\",\"inputs"), 0xff),
            withByte(good.replace("{\"inputs", "{\"id\":\"@\",\"inputs"), 0xc3),
            withByte(good.replace("{\"inputs", "{\"@\":1,\"inputs"), 0xff),
            withByte(good.replace("\"input\"", "\"@\""), 0xe2),
            good.getBytes(StandardCharsets.UTF_16BE),
            good.getBytes(StandardCharsets.UTF_16),
            good.getBytes(StandardCharsets.UTF_16LE),
            new byte[] {0, '{', 0, 0}, // as if in UTF-32 of an order that nothing writes
            new byte[] {0, 0, '{', 0},
            new byte[] {0, 0, (byte) 0xff, (byte) 0xfe},
            new byte[] {(byte) 0xfe, (byte) 0xff, 0, 0},
            good.getBytes(Charset.forName("UTF-32BE")),
            good.getBytes(Charset.forName("UTF-32LE"))),
        IntStream.range(1, good.length()).mapToObj(length -> bytes(good.substring(0, length))));
  }

  @ParameterizedTest
  @MethodSource("noJson")
  void whatIsNoJsonIsRefusedInAFewWords(byte[] body) {
    ProtocolException e =
        catchThrowableOfType(ProtocolException.class, () -> parse(body, body.length));

    assertThat(e.kind()).isEqualTo(Kind.INVALID);
    assertThat(e.detail()).startsWith("The body ").hasSizeLessThan(250);
  }

  /** The names of all bodies were kept, and copied for each body with a new one. */
  @ParameterizedTest
  @ValueSource(ints = {10, 1_000, 6_000, 12_000, 30_000})
  void namesOfOtherBodiesCostNothing(int bodies) {
    for (int i = 0; i < bodies; i++) {
      byte[] other = bytes("{\"name%d\": 1}".formatted(i));
      assertThatThrownBy(() -> parse(other, other.length)).isInstanceOf(ProtocolException.class);
    }
    AtomicInteger another = new AtomicInteger();

    long allocated =
        Allocation.of(() -> {
          byte[] body = bytes("{\"another%d\": 1}".formatted(another.incrementAndGet()));
          try {
            parse(body, body.length);
            throw new AssertionError("accepted");
          } catch (ProtocolException _) {
            // it has no inputs
          }
        });

    assertThat(allocated).isLessThan(60_000);
  }

  static Stream<Arguments> bombs() {
    int many = 500_000;
    return Stream.of(
        Arguments.of("empty inputs", "{\"inputs\":[" + "{},".repeat(many) + "{}]}"),
        Arguments.of("empty outputs", "{\"outputs\":[" + "{},".repeat(many) + "{}]}"),
        Arguments.of(
            "outputs of one name",
            "{\"outputs\":[" + "{\"name\":\"logits\"},".repeat(many) + "{}]}"),
        Arguments.of("sizes", "{\"inputs\":[{\"shape\":[" + "1,".repeat(many) + "1]}]}"),
        Arguments.of("numbers", NUMBERS.formatted("1,".repeat(many) + "1")),
        Arguments.of(
            "numbers before their shape", "{\"inputs\":[{\"data\":[" + "1,".repeat(many) + "1]}]}"),
        Arguments.of("empty images", IMAGES.formatted(3, "\"\",".repeat(many) + "\"\"")),
        Arguments.of("empty arrays", NUMBERS.formatted("[],".repeat(many) + "[]")),
        Arguments.of("unknown objects", "{\"x\":[" + "{},".repeat(many) + "{}]}"),
        Arguments.of("unknown texts", "{\"x\":[" + "\"abc\",".repeat(many) + "1]}"),
        Arguments.of("unknown numbers", "{\"x\":[" + "12.5,".repeat(many) + "1]}"),
        Arguments.of("an unknown text", "{\"x\":\"" + "y".repeat(4 * many) + "\"}"),
        Arguments.of("members", "{" + members(many) + "}"),
        Arguments.of("parameters", "{\"parameters\":{" + members(many) + "}}"),
        Arguments.of("unknown members", "{\"x\":{" + members(many) + "}}"),
        Arguments.of("spaces", " ".repeat(4 * many)),
        Arguments.of(
            "a text that never ends", "{\"inputs\":[{\"data\":[\"" + "?".repeat(4 * many)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bombs")
  void whatIsRefusedTakesNoMemoryHoweverLargeItIs(String what, String json) {
    byte[] body = bytes(json);
    boolean asLargeAsItsText = what.equals("a text that never ends");

    long allocated =
        Allocation.of(() -> {
          try {
            parse(body, body.length);
            throw new AssertionError("accepted");
          } catch (ProtocolException e) {
            assertThat(e.detail()).hasSizeLessThan(250);
          }
        });

    assertThat(allocated).isLessThan(asLargeAsItsText ? body.length : 500_000);
  }

  @Test
  void memoryBeyondTheBodysSizeIsTakenFromItsLease() throws Exception {
    byte[] body = bytes(NUMBERS.formatted(TWELVE));
    try (Budget.Lease lease = budget.open()) {
      var _ = JsonCall.parse(body, body.length, InputTensor.IMAGE, TestModels.TINY, 3, lease);
      assertThat(lease.held()).as("48 bytes are fewer than the body has").isZero();
    }
    byte[] dense = bytes(NUMBERS.formatted("0,".repeat(35) + "0").replace("[1,3", "[3,3"));
    var allowance = new InputTensor.Allowance(budget.open(), 20);
    allowance.take(15);
    assertThat(budget.used()).isZero();
    allowance.take(100);
    assertThat(budget.used()).isEqualTo(95);

    Budget small = new Budget(100);
    try (Budget.Lease lease = small.open()) {
      var tight = new InputTensor.Allowance(lease, 100);
      var tensor = new InputTensor(TestModels.TINY, 3, tight);
      var reader = new JsonCallReader(dense, dense.length, tensor, tight);
      assertThat(reader.read(TestModels.TINY).input().count()).isEqualTo(3);
      assertThat(lease.held()).isEqualTo(3 * 12 * 4 - 100);

      var none = new InputTensor.Allowance(lease, 0);
      var refused = new InputTensor(TestModels.TINY, 3, none);
      assertThat(
              catchThrowableOfType(
                      ProtocolException.class,
                      () ->
                          new JsonCallReader(dense, dense.length, refused, none)
                              .read(TestModels.TINY))
                  .kind())
          .isEqualTo(Kind.OVERLOADED);
    }
  }

  @Test
  void binaryTensorsFollowTheJson() throws Exception {
    ByteBuffer raw = ByteBuffer.allocate(24 * 4).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.range(0, 24).forEach(i -> raw.putFloat(i));

    JsonCall call = parse(binary("input", "FP32", "2,3,2,2", 96), raw.array());

    assertThat(((Input.Numbers) call.input()).images()).hasSize(2);
    assertThat(((NormalizedImage) ((Input.Numbers) call.input()).images().getLast()).chw())
        .containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
  }

  @Test
  void halvesAreNumbersAndUnsignedBytesArePixelsRedFirst() throws Exception {
    ByteBuffer halves = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.range(0, 12).forEach(i -> halves.putShort(Float.floatToFloat16(i / 2f)));
    byte[] planes = {0, 1, 2, 3, 100, 101, 102, 103, -4, -3, -2, -1};

    Input half = parse(binary("input", "FP16", "1,3,2,2", 24), halves.array()).input();
    Input raw = parse(binary("input", "UINT8", "1,3,2,2", 12), planes).input();
    Input json =
        parse(NUMBERS.formatted("0,1,2,3,100,101,102,103,252,253,254,255").replace("FP32", "UINT8"))
            .input();

    assertThat(((NormalizedImage) ((Input.Numbers) half).images().getFirst()).chw())
        .containsExactly(0, 0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 4, 4.5f, 5, 5.5f);
    for (Input input : List.of(raw, json)) {
      assertThat(((Pixels) ((Input.Numbers) input).images().getFirst()).rgb())
          .containsExactly(0, 100, -4, 1, 101, -3, 2, 102, -2, 3, 103, -1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"256", "-1", "0.5", "1e30"})
  void whatIsNoPixelIsNamed(String sample) {
    assertThat(
            refusal(
                NUMBERS
                    .formatted("0,1,2,3,4," + sample + ",6,7,8,9,10,11")
                    .replace("FP32", "UINT8")))
        .startsWith("Element 5 of input is ")
        .endsWith(": UINT8 has whole numbers from 0 to 255.");
  }

  @Test
  void aBodyWithoutJsonIsAnImageOrOfAViewOfNumbersThose() throws Exception {
    byte[] numbers = new byte[96];

    JsonCall image = bare(new byte[] {1, 2}, InputTensor.IMAGE);
    JsonCall two = bare(numbers, InputTensor.INPUT);

    assertThat(((Input.Images) image.input()).encoded()).containsExactly(new byte[] {1, 2});
    assertThat(image.isBinary("logits")).isTrue();
    assertThat(((Input.Numbers) two.input()).images()).hasSize(2);
    assertThat(
            catchThrowableOfType(
                ProtocolException.class, () -> bare(new byte[95], InputTensor.INPUT)))
        .hasMessage("The body has 95 bytes: an image of 3 x 2 x 2 FP32 numbers has 48.");
  }

  private JsonCall bare(byte[] body, String input) throws ProtocolException {
    try (Budget.Lease lease = budget.open()) {
      return JsonCall.parse(body, 0, input, TestModels.TINY, 3, lease);
    }
  }

  static Stream<Arguments> wrongBinaries() {
    String cutOff =
        "The raw BYTES tensor is cut off: each element needs its length in four little-endian bytes"
            + " before it.";
    return Stream.of(
        Arguments.of(
            "input",
            "1,3,2,2",
            48,
            new byte[47],
            "binary_data_size is 48, but 47 bytes follow the JSON."),
        Arguments.of(
            "input",
            "1,3,2,2",
            -1,
            new byte[47],
            "binary_data_size is -1, but 47 bytes follow the JSON."),
        Arguments.of(
            "input",
            "1,3,2,2",
            Long.MAX_VALUE,
            new byte[4],
            "binary_data_size is 9223372036854775807, but 4 bytes follow the JSON."),
        Arguments.of("input", "1,3,2,2", 48, new byte[50], "2 bytes follow the last tensor."),
        Arguments.of(
            "input", "1,3,2,2", 47, new byte[47], "47 bytes are no whole number of FP32 elements."),
        Arguments.of(
            "input",
            "1,3,2,2",
            52,
            new byte[52],
            "The shape of input is [1, 3, 2, 2], but it has 13 elements."),
        Arguments.of(
            "input",
            "1,3,2,2",
            4_000_000,
            new byte[4_000_000],
            "The shape of input is [1, 3, 2, 2], but it has 1000000 elements."),
        Arguments.of(
            "input",
            "4,3,2,2",
            48,
            new byte[48],
            "There are 4 images: a request may have at most 3."),
        Arguments.of(
            "input",
            "1,3,2,2",
            48,
            floats(4, Float.NaN),
            "Element 4 of input is NaN: it must be a finite number."),
        Arguments.of(
            "input",
            "1,3,2,2",
            48,
            floats(0, Float.POSITIVE_INFINITY),
            "Element 0 of input is Infinity: it must be a finite number."),
        Arguments.of(
            "input",
            "1,3,2,2",
            48,
            floats(11, Float.NEGATIVE_INFINITY),
            "Element 11 of input is -Infinity: it must be a finite number."),
        Arguments.of("image", "1", 3, new byte[3], cutOff),
        Arguments.of("image", "1", 5, new byte[] {2, 0, 0, 0, 1}, cutOff),
        Arguments.of("image", "1", 4, new byte[] {-1, -1, -1, -1}, cutOff),
        Arguments.of("image", "1", 4, new byte[] {-1, -1, -1, 127}, cutOff),
        Arguments.of(
            "image", "1", 8, new byte[8], "The shape of image is [1], but it has 2 elements."),
        Arguments.of(
            "image",
            "3",
            4_000_000,
            new byte[4_000_000],
            "There are more than 3 images: a request may have no more."));
  }

  @ParameterizedTest
  @MethodSource("wrongBinaries")
  void whatIsWrongWithABinaryTensorIsNamedBeforeItIsCopied(
      String name, String shape, long size, byte[] binary, String message) {
    byte[] head = binary(name, name.equals("image") ? "BYTES" : "FP32", shape, size);

    byte[] body = joined(head, binary);

    long allocated =
        Allocation.of(() ->
            assertThat(
                    catchThrowableOfType(ProtocolException.class, () -> parse(body, head.length))
                        .detail())
                .isEqualTo(message));

    assertThat(allocated).isLessThan(500_000);
  }

  @Test
  void dataAndABinaryTensorAreOneTooMany() {
    byte[] head =
        bytes(
            NUMBERS
                .formatted(TWELVE)
                .replace("\"data\"", "\"parameters\":{\"binary_data_size\":48},\"data\""));

    assertThat(catchThrowableOfType(ProtocolException.class, () -> parse(head, new byte[48])))
        .hasMessage("The input has data and binary_data_size: send one of them.");
    assertThat(
            catchThrowableOfType(
                ProtocolException.class,
                () -> parse(bytes(NUMBERS.formatted(TWELVE)), new byte[3])))
        .hasMessage("3 bytes follow the last tensor.");
  }

  private static byte[] binary(String name, String datatype, String shape, long size) {
    return bytes(
        "{\"inputs\":[{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":[%s],\"parameters\":{\"binary_data_size\":%d}}]}"
            .formatted(name, datatype, shape, size));
  }

  private static byte[] floats(int index, float value) {
    return ByteBuffer.allocate(48)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(4 * index, value)
        .array();
  }

  private static String members(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"%x\":1".formatted(i))
        .collect(Collectors.joining(","));
  }

  private static byte[] withByte(String text, int value) {
    byte[] bytes = bytes(text);
    bytes[text.indexOf('@')] = (byte) value;
    return bytes;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String refusal(String json) {
    ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> parse(json));
    assertThat(e).as(json).isNotNull();
    assertThat(e.kind()).isEqualTo(Kind.INVALID);
    return e.detail();
  }

  private JsonCall parse(String json) throws ProtocolException {
    byte[] body = bytes(json);
    return parse(body, body.length);
  }

  private JsonCall parse(byte[] head, byte[] binary) throws ProtocolException {
    return parse(joined(head, binary), head.length);
  }

  private static byte[] joined(byte[] head, byte[] binary) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(head.length + binary.length);
    body.writeBytes(head);
    body.writeBytes(binary);
    return body.toByteArray();
  }

  private JsonCall parse(byte[] body, int jsonLength) throws ProtocolException {
    try (Budget.Lease lease = budget.open()) {
      return JsonCall.parse(body, jsonLength, InputTensor.IMAGE, TestModels.TINY, 3, lease);
    }
  }
}
