package io.github.resnetserving.image;

import static io.github.resnetserving.image.Metadata.ascii;
import static io.github.resnetserving.image.Metadata.chunk;
import static io.github.resnetserving.image.Metadata.joined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.HostileHeaders.Tiff;
import io.github.resnetserving.models.Preprocessing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The policy of docs/api.md: what is odd and whole is answered with a note, what lacks pixels is
 * refused, and what is not read is never called corrupt. The same with native libraries and
 * without.
 */
class TolerancePolicyTest {

  private final List<ImagePipeline> pipelines =
      List.of(
          new ImagePipeline(DecodePolicy.DEFAULT),
          new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable()));

  /** What the file is, the file, a whole one with the same pixels, and what is noted. */
  static List<Arguments> answered() throws Exception {
    byte[] jpeg = Fixtures.read("baseline.jpg");
    byte[] progressive = Fixtures.read("progressive.jpg");
    byte[] png = Fixtures.read("rgb.png");
    byte[] gif = Fixtures.read("plain.gif");
    byte[] bmp = Fixtures.read("rgb.bmp");
    byte[] webp = Fixtures.read("lossless.webp");
    int scan = marker(jpeg, 0xda);
    List<Arguments> rows = new ArrayList<>();
    ImageNote end = ImageNote.END_MARKER_MISSING;
    ImageNote stray = ImageNote.STRAY_BYTES;
    ImageNote field = ImageNote.HEADER_FIELD_WRONG;
    rows.add(row("jpeg without its end marker", cut(jpeg, 2), jpeg, end));
    rows.add(row("jpeg with half of its end marker", cut(jpeg, 1), jpeg, end));
    rows.add(row("jpeg with bytes between segments", insert(jpeg, 20, ascii("abc")), jpeg, stray));
    rows.add(
        row(
            "jpeg with bytes before its end",
            insert(jpeg, jpeg.length - 2, ascii("abcdef")),
            jpeg,
            stray));
    rows.add(
        row(
            "jpeg with a scan header of Samsung",
            set(jpeg, scan + jpeg[scan + 3], 0),
            jpeg,
            field));
    rows.add(row("jpeg of JFIF 2", set(jpeg, 11, 2), jpeg, field));
    rows.add(
        row(
            "jpeg with several oddities",
            cut(set(insert(jpeg, 20, ascii("abc")), 11, 2), 2),
            jpeg,
            end,
            stray,
            field));
    rows.add(row("jpeg with bytes behind it", joined(jpeg, ascii("\0\0\0\u0018ftypmp42")), jpeg));
    rows.add(
        row(
            "progressive jpeg with bytes behind it",
            joined(progressive, new byte[9]),
            progressive));
    rows.add(row("png without its end chunk", cut(png, 12), png, end));
    rows.add(row("png with half of its end chunk", cut(png, 6), png, end));
    rows.add(row("png with a damaged end chunk", set(png, png.length - 1, 7), png, end));
    rows.add(
        row(
            "png with a damaged text",
            insert(png, 33, set(chunk("tEXt", ascii("a\0b")), 9, 7)),
            png));
    rows.add(
        row("png with a chunk that is not known", insert(png, 33, chunk("abCd", ascii("x"))), png));
    rows.add(row("png with bytes behind it", joined(png, new byte[9]), png));
    rows.add(row("gif without its trailer", cut(gif, 1), gif, end));
    rows.add(
        row("gif with zeros between blocks", insert(gif, frame(gif), new byte[3]), gif, stray));
    rows.add(row("gif with bytes behind it", joined(gif, ascii("abc")), gif));
    rows.add(
        row(
            "gif with zeros and without its trailer",
            cut(insert(gif, frame(gif), new byte[1]), 1),
            gif,
            end,
            stray));
    rows.add(row("bmp that tells no size of the file", set(set(bmp, 2, 0), 3, 0), bmp));
    rows.add(row("bmp that tells no size of its data", set(set(bmp, 34, 0), 35, 0), bmp));
    rows.add(
        row(
            "bmp of runs without their end",
            Fixtures.read("inputs/rle8-without-end.bmp"),
            Fixtures.read("inputs/rle8.bmp"),
            end));
    rows.add(row("webp with bytes behind it", joined(webp, new byte[9]), webp));
    rows.add(
        row(
            "tiff with bytes behind it",
            joined(new Tiff(2_000).bytes(), new byte[9]),
            new Tiff(2_000).bytes()));
    rows.add(
        row(
            "tiff that tells no lengths of strips",
            new Tiff(2_000).without(279).bytes(),
            new Tiff(2_000).bytes()));
    return rows;
  }

  private static Arguments row(String what, byte[] file, byte[] whole, ImageNote... notes) {
    return Arguments.of(what, file, whole, List.of(notes));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("answered")
  void whatIsOddAndWholeIsAnswered(String what, byte[] file, byte[] whole, List<ImageNote> notes)
      throws Exception {
    for (ImagePipeline pipeline : pipelines) {
      assertThat(pipeline.decode(file).rgb()).as(what).isEqualTo(pipeline.decode(whole).rgb());
      assertThat(pipeline.prepare(file, Preprocessing.CIFAR).info().notes())
          .as(what)
          .containsExactlyElementsOf(notes);
      assertThat(pipeline.prepare(whole, Preprocessing.CIFAR).info().notes()).isEmpty();
    }
  }

  static List<Arguments> refused() throws Exception {
    byte[] jpeg = Fixtures.read("baseline.jpg");
    byte[] progressive = Fixtures.read("progressive.jpg");
    byte[] png = Fixtures.read("rgb.png");
    byte[] gif = Fixtures.read("plain.gif");
    byte[] webp = Fixtures.read("lossless.webp");
    byte[] lossy = Fixtures.read("lossy.webp");
    byte[] restarts = Fixtures.read("inputs/restarts.jpg");
    int data = png.length - 30; // in its data chunk
    List<Arguments> rows = new ArrayList<>();
    rows.add(Arguments.of("half a jpeg", Arrays.copyOf(jpeg, jpeg.length - 200)));
    rows.add(
        Arguments.of(
            "half a jpeg with an end marker",
            joined(Arrays.copyOf(jpeg, jpeg.length - 200), new byte[] {-1, -39})));
    rows.add(
        Arguments.of(
            "half a jpeg with stray bytes",
            joined(
                Arrays.copyOf(insert(jpeg, 20, ascii("abc")), jpeg.length - 200),
                ascii("abc"),
                new byte[] {-1, -39})));
    rows.add(Arguments.of("a progressive jpeg without its end marker", cut(progressive, 2)));
    rows.add(
        Arguments.of(
            "a jpeg with another restart marker", set(restarts, marker(restarts, 0xd3) + 1, 0xd5)));
    rows.add(
        Arguments.of(
            "a jpeg without a restart marker",
            joined(
                Arrays.copyOf(restarts, marker(restarts, 0xd3)),
                Arrays.copyOfRange(restarts, marker(restarts, 0xd4), restarts.length))));
    rows.add(Arguments.of("half a png", Arrays.copyOf(png, png.length / 2)));
    rows.add(Arguments.of("a png whose data are damaged", set(png, data, png[data] + 1)));
    rows.add(Arguments.of("a png whose header is damaged", set(png, 19, png[19] + 1)));
    rows.add(Arguments.of("half a gif", Arrays.copyOf(gif, gif.length - 60)));
    rows.add(Arguments.of("half a bmp", Arrays.copyOf(Fixtures.read("rgb.bmp"), 900)));
    rows.add(Arguments.of("half a bmp of runs", Fixtures.read("inputs/rle8-cut.bmp")));
    rows.add(Arguments.of("half a lossless webp", Arrays.copyOf(webp, webp.length / 2)));
    for (int percent : new int[] {30, 50, 70, 90, 97}) {
      rows.add(
          Arguments.of(
              percent + " % of a lossless webp that says so",
              shortened(webp, webp.length * percent / 100)));
      rows.add(
          Arguments.of(
              percent + " % of a lossy webp that says so",
              shortened(lossy, lossy.length * percent / 100)));
    }
    rows.add(Arguments.of("half a lossy webp", Arrays.copyOf(lossy, lossy.length / 2)));
    rows.add(Arguments.of("half a tiff", Arrays.copyOf(Fixtures.read("lzw.tif"), 1_000)));
    rows.add(
        Arguments.of(
            "a tiff whose strip is elsewhere", new Tiff(2_000).with(273, 4, 1, 1_990).bytes()));
    return rows;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void whatLacksPixelsIsRefused(String what, byte[] file) {
    for (ImagePipeline pipeline : pipelines) {
      assertThatThrownBy(() -> pipeline.decode(file))
          .as(what)
          .isExactlyInstanceOf(ImageException.Unreadable.class)
          .hasMessageEndingWith("Check that the file is complete and opens in an image viewer.");
    }
  }

  static List<Arguments> notRead() throws Exception {
    byte[] jpeg = Fixtures.read("baseline.jpg");
    int frame = marker(jpeg, 0xc0);
    List<Arguments> rows = new ArrayList<>();
    rows.add(Arguments.of("lossless jpeg", set(jpeg, frame + 1, 0xc3)));
    rows.add(Arguments.of("jpeg with arithmetic codes", set(jpeg, frame + 1, 0xc9)));
    rows.add(Arguments.of("jpeg of 12 bits", set(jpeg, frame + 4, 12)));
    rows.add(
        Arguments.of(
            "jpeg that tells its height later", set(set(jpeg, frame + 5, 0), frame + 6, 0)));
    rows.add(Arguments.of("png for Apple's devices", Fixtures.read("inputs/iphone.png")));
    rows.add(Arguments.of("bmp with a png in it", HostileHeaders.bmp(40, 0, 5, out -> {})));
    rows.add(Arguments.of("bmp of two bits", HostileHeaders.bmp(40, 2, 0, out -> {})));
    rows.add(Arguments.of("tiff of floats", Fixtures.read("inputs/float.tif")));
    rows.add(Arguments.of("tiff of signed shorts", Fixtures.read("inputs/signed16.tif")));
    rows.add(Arguments.of("tiff with jpeg 2000", new Tiff(2_000).with(259, 3, 1, 34_712).bytes()));
    rows.add(Arguments.of("tiff of LogLuv", new Tiff(2_000).with(262, 3, 1, 32_845).bytes()));
    rows.add(Arguments.of("tiff of three bits", new Tiff(2_000).with(258, 3, 1, 3).bytes()));
    rows.add(Arguments.of("big tiff", ascii("II+\0\10\0\0\0")));
    rows.add(Arguments.of("pdf", ascii("%PDF-1.7")));
    rows.add(Arguments.of("text", ascii("hello")));
    rows.add(Arguments.of("nothing", new byte[0]));
    return rows;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("notRead")
  void whatIsNotReadIsNeverCalledCorrupt(String what, byte[] file) {
    for (ImagePipeline pipeline : pipelines) {
      assertThatThrownBy(() -> pipeline.decode(file))
          .as(what)
          .isExactlyInstanceOf(ImageException.Unsupported.class)
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("corrupt", "truncated"))
          .hasMessageContaining("Send one of ");
    }
  }

  private static byte[] cut(byte[] file, int bytes) {
    return Arrays.copyOf(file, file.length - bytes);
  }

  private static byte[] set(byte[] file, int at, int value) {
    byte[] copy = file.clone();
    copy[at] = (byte) value;
    return copy;
  }

  private static byte[] insert(byte[] file, int at, byte[] bytes) {
    return joined(Arrays.copyOf(file, at), bytes, Arrays.copyOfRange(file, at, file.length));
  }

  /** The first half, with sizes that fit it. */
  private static byte[] shortened(byte[] webp, int length) {
    byte[] half = Arrays.copyOf(webp, length & ~1);
    ByteBuffer fields = ByteBuffer.wrap(half).order(ByteOrder.LITTLE_ENDIAN);
    fields.putInt(4, half.length - 8).putInt(16, half.length - 20);
    return half;
  }

  private static int marker(byte[] jpeg, int code) {
    for (int i = 2; i < jpeg.length - 1; i++) {
      if (jpeg[i] == (byte) 0xff && (jpeg[i + 1] & 0xff) == code) {
        return i;
      }
    }
    throw new IllegalArgumentException("there is no such marker");
  }

  /** Where the frame begins, behind the header and its palette. */
  private static int frame(byte[] gif) {
    return 13 + (3 << ((gif[10] & 7) + 1));
  }
}
