package io.github.resnetserving.image;

import static io.github.resnetserving.image.HostileImages.joined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.fuzz.CostOracle;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a HEIC's coded data say of their size, which the decoder allocates whatever the file says.
 */
class HevcSizesTest {

  private static final long MAX_PIXELS = 1_000_000;
  private static final DecodePolicy POLICY = new DecodePolicy(MAX_PIXELS, Background.WHITE);

  /** Where a file has its sequence parameter set. */
  enum Place {
    CONFIGURATION,
    FILE,
    METADATA,
    TWO_EXTENTS,
    SECOND_UNIT
  }

  static Stream<Arguments> sizes() {
    return Stream.of(
            new long[] {64, 64},
            new long[] {4032, 3024},
            new long[] {512, 70_000},
            new long[] {1, 0xffff_fffeL},
            new long[] {0xffff_fffeL, 1},
            new long[] {8192, 4320},
            new long[] {65_536, 65_536},
            new long[] {256, 256})
        .flatMap(size ->
            IntStream.of(0, 1, 3, 6).mapToObj(layers -> Arguments.of(size[0], size[1], layers)));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void theSizeOfAParameterSetIsRead(long width, long height, int layers) {
    byte[] unit = parameterSet(width, height, layers);

    assertThat(HevcHeader.isParameterSet(unit, 0, unit.length)).isTrue();
    assertThat(HevcHeader.size(unit, 0, unit.length)).isEqualTo(new HevcHeader.Size(width, height));
  }

  @Test
  void aParameterSetMayEndAnywhere() {
    byte[] unit = parameterSet(4032, 3024, 0);
    for (int length = 3; length < unit.length; length++) {
      byte[] part = Arrays.copyOf(unit, length);
      assertThatCode(() -> HevcHeader.size(part, 0, part.length)).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCodedImageThatIsTooLargeIsRefusedWhereverItSaysSo(Place place) {
    for (long[] size :
        List.of(
            new long[] {1100, 1100},
            new long[] {8192, 4320},
            new long[] {60_000, 100},
            new long[] {100, 60_000},
            new long[] {0xffff_fffeL, 0xffff_fffeL})) {
      byte[] file = heic(place, parameterSet(size[0], size[1], 0));
      assertThatThrownBy(() -> admit(file)).isInstanceOf(ImageException.TooManyPixels.class);
    }
  }

  /** What is put together of others: 16 or 32 bits a side, in the file or in the metadata. */
  static Stream<Arguments> derived() {
    return Stream.of("grid", "iovl")
        .flatMap(type ->
            Stream.of(
                    new long[] {0, 200, 0xffff, 0},
                    new long[] {0, 0x1400, 0x1400, 0},
                    new long[] {1, 8192, 4320, 0},
                    new long[] {1, 0xffff_ffffL, 1, 1},
                    new long[] {1, 70_000, 70_000, 1},
                    new long[] {0, 1001, 1000, 1})
                .map(size -> Arguments.of(type, size[0] == 1, size[1], size[2], size[3] == 1)));
  }

  @ParameterizedTest
  @MethodSource("derived")
  void aGridOrOverlayThatIsTooLargeIsRefused(
      String type, boolean large, long width, long height, boolean inFile) {
    byte[] file = heic(type, List.of(), derived(type, large, width, height), inFile, 1);

    assertThatThrownBy(() -> admit(file)).isInstanceOf(ImageException.TooManyPixels.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"grid", "iovl"})
  void aGridOrOverlayThatIsNotIsLeftToTheLibrary(String type) {
    for (boolean large : new boolean[] {false, true}) {
      byte[] file = heic(type, List.of(), derived(type, large, 1000, 1000), /* inFile= */ true, 1);
      assertThatCode(() -> admit(file)).doesNotThrowAnyException();
    }
  }

  private static byte[] derived(String type, boolean large, long width, long height) {
    ByteBuffer data = ByteBuffer.allocate(30).put((byte) 0).put((byte) (large ? 1 : 0));
    data.position(type.equals("grid") ? 4 : 10);
    if (large) {
      data.putInt((int) width).putInt((int) height);
    } else {
      data.putShort((short) width).putShort((short) height);
    }
    return data.array();
  }

  @ParameterizedTest
  @EnumSource
  void aCodedImageMayBeABlockLarger(Place place) {
    byte[] file = heic(place, parameterSet(1024, 1024, 0));

    assertThatCode(() -> admit(file)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedFileIsLeftToTheLibrary(Place place) {
    byte[] file = heic(place, parameterSet(640, 480, 0));
    for (int length = 12; length < file.length; length++) {
      byte[] part = Arrays.copyOf(file, length);
      assertThatCode(() -> admit(part)).doesNotThrowAnyException();
    }
  }

  /** Each picture of a sequence is decoded and converted, though only one is shown. */
  @ParameterizedTest
  @ValueSource(ints = {9, 10, 100, 1_000, 10_000})
  void anItemOfManyCodedImagesIsRefused(int images) {
    byte[][] units = new byte[images][];
    Arrays.fill(units, unit(new byte[] {0x26, 1, (byte) 0x80}));
    byte[] file = heic(List.of(new byte[0]), joined(units), /* inFile= */ true, 1);

    assertThatThrownBy(() -> admit(file)).isInstanceOf(ImageException.TooCostly.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 6, 10, 100, 1_000})
  void itemsOfTheSameBytesAreRefused(int times) {
    byte[] data = unit(new byte[20_000 + 20 * times]);
    byte[] file = heic(List.of(new byte[0]), data, /* inFile= */ true, times);

    assertThatThrownBy(() -> admit(file)).isInstanceOf(ImageException.TooCostly.class);
  }

  /** Extents of no bytes each, of which a few bytes may announce any number. */
  @ParameterizedTest
  @ValueSource(ints = {10, 100, 200, 500, 1_000})
  void extentsWithoutBytesCostNothing(int items) throws Exception {
    ByteBuffer places = ByteBuffer.allocate(8 + 8 * items).putInt(1 << 24).putShort((short) 0);
    places.putShort((short) items);
    for (int i = 0; i < items; i++) {
      places.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) -1);
    }
    byte[] file = heic("hvc1", List.of(), new byte[0], box("iloc", places.array()), true);

    CostOracle.MESSAGES.check(file, file.length, ImageException.class, () -> admit(file));
  }

  private static void admit(byte[] file) throws ImageException {
    HeifSizes.admit(
        file, new DecodeRules(POLICY, file.length, Integer.MAX_VALUE, PreparationListener.NONE));
  }

  private static byte[] heic(Place place, byte[] set) {
    byte[] slice = unit(new byte[] {0x26, 1, (byte) 0x80, 5, 6});
    return switch (place) {
      case CONFIGURATION -> heic(List.of(set), slice, /* inFile= */ true, 1);
      case FILE -> heic(List.of(), joined(unit(set), slice), /* inFile= */ true, 1);
      case METADATA -> heic(List.of(), joined(unit(set), slice), /* inFile= */ false, 1);
      case TWO_EXTENTS -> heic(List.of(), joined(unit(set), slice), /* inFile= */ true, -2);
      case SECOND_UNIT -> heic(List.of(), joined(slice, unit(set)), /* inFile= */ true, 1);
    };
  }

  /**
   * A file of one coded item.
   *
   * @param configured units of its configuration
   * @param data of the item
   * @param inFile whether the data lie beside the metadata, not in them
   * @param extents that each are all data; if negative, parts of them
   */
  private static byte[] heic(List<byte[]> configured, byte[] data, boolean inFile, int extents) {
    return heic("hvc1", configured, data, inFile, extents);
  }

  private static byte[] heic(
      String type, List<byte[]> configured, byte[] data, boolean inFile, int extents) {
    int before = 24;
    int count = Math.abs(extents);
    ByteBuffer places = ByteBuffer.allocate(8 + 8 + 8 * count);
    places.putInt(1 << 24).putShort((short) 0x4400).putShort((short) 1);
    places.putShort((short) 1).putShort((short) (inFile ? 0 : 1)).putShort((short) 0);
    places.putShort((short) count);
    int start = inFile ? before + 8 : 0;
    for (int i = 0; i < count; i++) {
      int from = extents < 0 ? data.length * i / count : 0;
      int to = extents < 0 ? data.length * (i + 1) / count : data.length;
      places.putInt(start + from).putInt(to - from);
    }
    return heic(type, configured, data, box("iloc", places.array()), inFile);
  }

  private static byte[] heic(
      String type, List<byte[]> configured, byte[] data, byte[] places, boolean inFile) {
    ByteArrayOutputStream configuration = new ByteArrayOutputStream();
    configuration.writeBytes(new byte[22]);
    configuration.write(configured.size());
    for (byte[] unit : configured) {
      configuration.writeBytes(new byte[] {33, 0, 1, 0, (byte) unit.length});
      configuration.writeBytes(unit);
    }
    byte[] item =
        ByteBuffer.allocate(13)
            .putInt(2 << 24)
            .putShort((short) 1)
            .putShort((short) 0)
            .put(type.getBytes(StandardCharsets.US_ASCII))
            .array();
    byte[] size = ByteBuffer.allocate(12).putInt(0).putInt(20).putInt(14).array();
    byte[] meta =
        joined(
            new byte[4],
            places,
            box("iinf", joined(new byte[] {0, 0, 0, 0, 0, 1}, box("infe", item))),
            inFile ? new byte[0] : box("idat", data),
            box(
                "iprp",
                box("ipco", joined(box("hvcC", configuration.toByteArray()), box("ispe", size)))));
    byte[] brands = "heic\0\0\0\0mif1heic".getBytes(StandardCharsets.US_ASCII);
    return joined(box("ftyp", brands), box("mdat", inFile ? data : new byte[0]), box("meta", meta));
  }

  private static byte[] box(String type, byte[] content) {
    return ByteBuffer.allocate(8 + content.length)
        .putInt(8 + content.length)
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .put(content)
        .array();
  }

  private static byte[] unit(byte[] content) {
    return ByteBuffer.allocate(4 + content.length).putInt(content.length).put(content).array();
  }

  /** A sequence parameter set of HEVC's main profile, up to what follows its size. */
  private static byte[] parameterSet(long width, long height, int layers) {
    StringBuilder bits = new StringBuilder();
    put(bits, 0, 4);
    put(bits, layers, 3);
    put(bits, 1, 1);
    put(bits, 1, 8);
    put(bits, 0, 80);
    put(bits, 90, 8);
    for (int i = 0; i < 8 && layers > 0; i++) {
      put(bits, i < layers ? i % 4 : 0, 2); // whether a profile and a level follow
    }
    for (int i = 0; i < layers; i++) {
      put(bits, 0, (i & 2) != 0 ? 88 : 0);
      put(bits, 0, (i & 1) != 0 ? 8 : 0);
    }
    number(bits, 0);
    number(bits, 3);
    put(bits, 0, 1);
    number(bits, width);
    number(bits, height);
    bits.append("1".repeat(16));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x42);
    out.write(1);
    int zeros = 0;
    for (int i = 0; i + 8 <= bits.length(); i += 8) {
      int next = Integer.parseInt(bits.substring(i, i + 8), 2);
      if (zeros == 2 && next <= 3) {
        out.write(3);
        zeros = 0;
      }
      out.write(next);
      zeros = next == 0 ? zeros + 1 : 0;
    }
    return out.toByteArray();
  }

  private static void put(StringBuilder bits, int value, int count) {
    for (int i = count - 1; i >= 0; i--) {
      bits.append(i < Integer.SIZE ? value >> i & 1 : 0);
    }
  }

  private static void number(StringBuilder bits, long value) {
    String binary = Long.toBinaryString(value + 1);
    bits.append("0".repeat(binary.length() - 1)).append(binary);
  }
}
