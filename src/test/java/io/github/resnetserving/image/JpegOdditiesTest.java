package io.github.resnetserving.image;

import static io.github.resnetserving.image.Metadata.ascii;
import static io.github.resnetserving.image.Metadata.joined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Preprocessing;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A JPEG that is odd and whole is answered with a note; one that lacks pixels is refused, whatever
 * is odd about it besides. With libjpeg-turbo and without it.
 */
class JpegOdditiesTest {

  private static final int SOS = 0xda;
  private static final byte[] EOI = {(byte) 0xff, (byte) 0xd9};
  private static final byte[] WHOLE = photograph();

  private final List<ImagePipeline> pipelines =
      List.of(
          new ImagePipeline(DecodePolicy.DEFAULT),
          new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable()));

  /** What libjpeg warns of, or refuses, although every pixel is there. */
  enum Oddity {
    SPECTRUM_OF_SAMSUNG(ImageNote.HEADER_FIELD_WRONG, jpeg -> set(jpeg, selection(jpeg) + 1, 0)),
    SPECTRUM_BEGINS_LATE(ImageNote.HEADER_FIELD_WRONG, jpeg -> set(jpeg, selection(jpeg), 5)),
    APPROXIMATION(ImageNote.HEADER_FIELD_WRONG, jpeg -> set(jpeg, selection(jpeg) + 2, 0x11)),
    ALL_OF_THE_SCAN_HEADER(
        ImageNote.HEADER_FIELD_WRONG,
        jpeg ->
            set(
                set(set(jpeg, selection(jpeg), 1), selection(jpeg) + 1, 9),
                selection(jpeg) + 2,
                7)),
    VERSION_OF_JFIF(ImageNote.HEADER_FIELD_WRONG, jpeg -> set(jpeg, 11, 2)),
    VERSION_ZERO_OF_JFIF(ImageNote.HEADER_FIELD_WRONG, jpeg -> set(jpeg, 11, 0)),
    TRANSFORM_OF_ADOBE(ImageNote.HEADER_FIELD_WRONG, JpegOdditiesTest::withUnknownTransform),
    STRAY_BYTES_IN_FRONT(ImageNote.STRAY_BYTES, jpeg -> insert(jpeg, 20, ascii("abc"))),
    STRAY_BYTES_BEFORE_TABLES(
        ImageNote.STRAY_BYTES, jpeg -> insert(jpeg, at(jpeg, 0xdb), ascii("a"))),
    STRAY_BYTES_BEFORE_THE_FRAME(
        ImageNote.STRAY_BYTES, jpeg -> insert(jpeg, at(jpeg, 0xc0), new byte[9])),
    STRAY_BYTES_BEFORE_CODES(
        ImageNote.STRAY_BYTES,
        jpeg -> insert(jpeg, at(jpeg, 0xc4), new byte[] {1, (byte) 0xff, 0, 3})),
    STRAY_BYTES_BEFORE_THE_SCAN(
        ImageNote.STRAY_BYTES, jpeg -> insert(jpeg, at(jpeg, SOS), ascii("xyz"))),
    STRAY_BYTES_EVERYWHERE(
        ImageNote.STRAY_BYTES,
        jpeg ->
            insert(
                insert(insert(jpeg, at(jpeg, SOS), ascii("x")), at(jpeg, 0xdb), ascii("y")),
                20,
                ascii("z"))),
    STRAY_BYTES_BEFORE_THE_END(
        ImageNote.STRAY_BYTES, jpeg -> insert(jpeg, jpeg.length - 2, ascii("abcdefgh"))),
    NO_END(ImageNote.END_MARKER_MISSING, jpeg -> Arrays.copyOf(jpeg, jpeg.length - 2)),
    HALF_AN_END(ImageNote.END_MARKER_MISSING, jpeg -> Arrays.copyOf(jpeg, jpeg.length - 1)),
    NO_CODES(ImageNote.STANDARD_TABLES, JpegOdditiesTest::withoutCodes);

    private final ImageNote note;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final UnaryOperator<byte[]> maker;

    Oddity(ImageNote note, UnaryOperator<byte[]> maker) {
      this.note = note;
      this.maker = maker;
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOddFileIsAnsweredWithANoteWhereEveryPixelIsThere(Oddity oddity) throws Exception {
    byte[] odd = oddity.maker.apply(WHOLE);
    for (ImagePipeline pipeline : pipelines) {
      assertThat(pipeline.decode(odd).rgb()).isEqualTo(pipeline.decode(WHOLE).rgb());
      assertThat(notes(pipeline, odd)).containsExactly(oddity.note);
      assertThat(notes(pipeline, WHOLE)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOddFileIsRefusedWherePixelsAreMissing(Oddity oddity) {
    int data = selection(WHOLE) + 3;
    int end = WHOLE.length - 2;
    for (int percent : new int[] {10, 30, 50, 70, 90}) {
      byte[] half = joined(Arrays.copyOf(WHOLE, data + (end - data) * percent / 100), EOI);
      refuse(oddity.maker.apply(half), "truncated", "too early");
    }
  }

  /** A cut through the file anywhere, with and without an end mark and an oddity. */
  @ParameterizedTest
  @EnumSource(names = {"SPECTRUM_OF_SAMSUNG", "STRAY_BYTES_EVERYWHERE", "VERSION_OF_JFIF"})
  void aTruncationIsNotHiddenWhereverItIs(Oddity oddity) {
    byte[] odd = oddity.maker.apply(WHOLE);
    int data = selection(odd) + 3;
    for (int length = data; length < odd.length - 6; length += 97) {
      byte[] cut = Arrays.copyOf(odd, odd[length - 1] == (byte) 0xff ? length - 1 : length);
      refuse(cut, "truncated", "too early");
      refuse(joined(cut, EOI), "truncated", "too early");
      refuse(joined(cut, ascii("abc"), EOI), "truncated", "too early");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPECTRUM_OF_SAMSUNG", "STRAY_BYTES_IN_FRONT", "VERSION_OF_JFIF", "NO_END"})
  void anOddFileWithRestartMarkersIsReadAndItsTruncationSeen(Oddity oddity) throws Exception {
    byte[] whole = Fixtures.read("inputs/restarts.jpg");
    byte[] odd = oddity.maker.apply(whole);
    for (ImagePipeline pipeline : pipelines) {
      assertThat(pipeline.decode(odd).rgb()).isEqualTo(pipeline.decode(whole).rgb());
    }
    int third = at(whole, 0xd2);
    refuse(oddity.maker.apply(joined(Arrays.copyOf(whole, third), EOI)), "truncated", "too early");
    // An interval lacks its end; that after it is whole.
    byte[] gap =
        joined(Arrays.copyOf(whole, third - 12), Arrays.copyOfRange(whole, third, whole.length));
    refuse(oddity.maker.apply(gap), "truncated", "too early");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 4, 5, 6, 7})
  void restartMarkersOutOfOrderAreRefused(int number) throws Exception {
    byte[] whole = Fixtures.read("inputs/restarts.jpg");
    byte[] wrong = set(whole, at(whole, 0xd3) + 1, 0xd0 + number);
    refuse(
        wrong,
        "The JPEG image has restart marker %d in place of 3: part of its data is missing."
            .formatted(number));
    refuse(Oddity.SPECTRUM_OF_SAMSUNG.maker.apply(wrong), "in place of 3");
  }

  @Test
  void restartMarkersThatAreMissingAreRefused() throws Exception {
    byte[] whole = Fixtures.read("inputs/restarts.jpg");
    for (int marker = 0xd0; marker <= 0xd2; marker++) {
      int from = at(whole, marker);
      int to = at(whole, marker + 1);
      refuse(
          joined(Arrays.copyOf(whole, from), Arrays.copyOfRange(whole, to, whole.length)),
          "in place of");
    }
  }

  @Test
  void aProgressiveFileWithoutItsLastScansIsAnsweredWithANote() throws Exception {
    byte[] whole = Fixtures.read("progressive.jpg");
    List<Integer> scans = scans(whole);
    for (int i = 2; i < scans.size(); i++) {
      byte[] some = joined(Arrays.copyOf(whole, scans.get(i)), EOI);
      for (ImagePipeline pipeline : pipelines) {
        assertThat(notes(pipeline, some)).containsExactly(ImageNote.SCANS_MISSING);
      }
      refuse(Arrays.copyOf(whole, scans.get(i)), "The JPEG image is truncated.");
    }
    for (ImagePipeline pipeline : pipelines) {
      assertThat(notes(pipeline, whole)).isEmpty();
    }
  }

  @Test
  void aFileWithoutDataOfAComponentIsRefused() throws Exception {
    byte[] gray = Fixtures.read("gray.jpg");
    int frame = at(gray, 0xc0);
    byte[] more = joined(Arrays.copyOf(gray, frame + 13), new byte[] {2, 0x11, 0, 3, 0x11, 0});
    more[frame + 3] = (byte) (more[frame + 3] + 6); // length
    more[frame + 9] = 3; // components
    byte[] file = joined(more, Arrays.copyOfRange(gray, frame + 13, gray.length));
    refuse(file, "The JPEG image has no data of some of its components.");
  }

  @ParameterizedTest
  @ValueSource(ints = {0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7})
  void kindsThatAreNotReadAreNamedAndNeverCorrupt(int marker) {
    String kind =
        switch (marker) {
          case 0xc3, 0xc7, 0xcb, 0xcf -> "lossless";
          case 0xc5, 0xc6 -> "hierarchical";
          case 0xf7 -> "JPEG-LS";
          default -> "arithmetic coding";
        };
    for (ImagePipeline pipeline : pipelines) {
      assertThatThrownBy(() -> pipeline.decode(set(WHOLE, at(WHOLE, 0xc0) + 1, marker)))
          .isExactlyInstanceOf(ImageException.Unsupported.class)
          .hasMessageStartingWith(
              "The JPEG image is of a kind that is not read: " + kind + ". Baseline and");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 10, 12, 16})
  void otherDepthsAreNamed(int bits) {
    for (ImagePipeline pipeline : pipelines) {
      assertThatThrownBy(() -> pipeline.decode(set(WHOLE, at(WHOLE, 0xc0) + 4, bits)))
          .isExactlyInstanceOf(ImageException.Unsupported.class)
          .hasMessageStartingWith(
              "The JPEG image is of a kind that is not read: %d bits a sample.".formatted(bits));
    }
  }

  @Test
  void whatIsBehindTheEndIsNothing() throws Exception {
    byte[] film = joined(WHOLE, ascii("\0\0\0\u0018ftypmp42"), new byte[1_000]);
    for (byte[] more : List.of(film, joined(WHOLE, WHOLE), joined(WHOLE, new byte[7]))) {
      for (ImagePipeline pipeline : pipelines) {
        assertThat(pipeline.decode(more).rgb()).isEqualTo(pipeline.decode(WHOLE).rgb());
        assertThat(notes(pipeline, more)).isEmpty();
      }
    }
  }

  private void refuse(byte[] file, String... saying) {
    for (ImagePipeline pipeline : pipelines) {
      assertThatThrownBy(() -> pipeline.decode(file))
          .isExactlyInstanceOf(ImageException.Unreadable.class)
          .satisfies(e ->
              assertThat(Stream.of(saying).anyMatch(String.valueOf(e.getMessage())::contains))
                  .as(e.getMessage())
                  .isTrue());
    }
  }

  private static Set<ImageNote> notes(ImagePipeline pipeline, byte[] file) throws Exception {
    return pipeline.prepare(file, Preprocessing.CIFAR).info().notes();
  }

  /** Offsets of the scans' headers. */
  private static List<Integer> scans(byte[] jpeg) {
    return Stream.iterate(at(jpeg, SOS), i -> i >= 0, i -> at(jpeg, SOS, i + 1)).toList();
  }

  private static int at(byte[] jpeg, int marker) {
    return at(jpeg, marker, 2);
  }

  /** The first place of a marker; the files are small, so none is in their data by chance. */
  private static int at(byte[] jpeg, int marker, int from) {
    for (int i = from; i < jpeg.length - 1; i++) {
      if (jpeg[i] == (byte) 0xff && (jpeg[i + 1] & 0xff) == marker) {
        return i;
      }
    }
    return -1;
  }

  /** Where the last three bytes of the first scan's header are. */
  private static int selection(byte[] jpeg) {
    int scan = at(jpeg, SOS);
    return scan + 2 + jpeg[scan + 3] - 3;
  }

  private static byte[] set(byte[] jpeg, int at, int value) {
    byte[] copy = jpeg.clone();
    copy[at] = (byte) value;
    return copy;
  }

  private static byte[] insert(byte[] jpeg, int at, byte[] bytes) {
    return joined(Arrays.copyOf(jpeg, at), bytes, Arrays.copyOfRange(jpeg, at, jpeg.length));
  }

  /** In place of JFIF, beside which it does not count. */
  private static byte[] withUnknownTransform(byte[] jpeg) {
    byte[] adobe =
        joined(new byte[] {(byte) 0xff, (byte) 0xee, 0, 14}, ascii("Adobe\0d\0\0\0\0\7"));
    return joined(Arrays.copyOf(jpeg, 2), adobe, Arrays.copyOfRange(jpeg, 20, jpeg.length));
  }

  private static byte[] withoutCodes(byte[] jpeg) {
    byte[] rest = jpeg;
    for (int at = at(rest, 0xc4); at >= 0; at = at(rest, 0xc4)) {
      int length = (rest[at + 2] & 0xff) << 8 | (rest[at + 3] & 0xff);
      rest =
          joined(Arrays.copyOf(rest, at), Arrays.copyOfRange(rest, at + 2 + length, rest.length));
    }
    return rest;
  }

  private static byte[] photograph() {
    BufferedImage image = new BufferedImage(96, 64, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 96; x++) {
        int red = (int) (128 + 100 * Math.sin(x / 5.0 + y / 3.0));
        image.setRGB(x, y, red << 16 | (x * y * 3 & 0xff) << 8 | (x + y));
      }
    }
    try {
      ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
      ImageIO.write(image, "jpg", jpeg);
      return jpeg.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
