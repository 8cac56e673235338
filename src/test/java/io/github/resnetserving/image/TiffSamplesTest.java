package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.HostileHeaders.Tiff;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a TIFF's samples behind its colours are, and what is done with them: Pillow's arithmetic.
 */
class TiffSamplesTest {

  private static final int SIDE = 16; // of the image

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);

  /** One way to store the same samples. */
  record Layout(ByteOrder order, int bits, boolean planar, boolean deflated) {

    @Override
    public String toString() {
      return "%s %d bits%s%s"
          .formatted(
              order == ByteOrder.BIG_ENDIAN ? "MM" : "II",
              bits,
              planar ? " planar" : "",
              deflated ? " deflated" : "");
    }
  }

  private static List<Layout> layouts() {
    List<Layout> layouts = new ArrayList<>();
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      for (int bits : new int[] {8, 16}) {
        for (int form = 0; form < 4; form++) {
          layouts.add(new Layout(order, bits, (form & 1) != 0, (form & 2) != 0));
        }
      }
    }
    return layouts;
  }

  static List<Arguments> samples() {
    List<Arguments> samples = new ArrayList<>();
    for (Layout layout : layouts()) {
      for (int colors : new int[] {1, 3}) {
        for (int[] extra : new int[][] {{}, {0}, {1}, {2}, {999}, {7}, {0, 0}, {1, 0}, {2, 0}}) {
          if (colors == 3 || extra.length < 2) {
            samples.add(Arguments.of(layout, colors, extra, extra.length > 0 ? extra[0] : -1));
          }
        }
      }
      samples.add(Arguments.of(layout, 3, new int[] {-2}, 2)); // four samples, no tag
    }
    return samples;
  }

  @ParameterizedTest(name = "{0}, {1} colours, extra {2}")
  @MethodSource("samples")
  void extraSamplesAreAlphaOnlyWhereTheFileSaysSo(
      Layout layout, int colors, int[] extra, int meaning) throws Exception {
    byte[] expected = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < SIDE * SIDE; i++) {
      int alpha = sample(layout, i, colors) >> (layout.bits - 8);
      int[] rgb = new int[3];
      for (int c = 0; c < 3; c++) {
        int value = sample(layout, i, colors == 1 ? 0 : c) >> (layout.bits - 8);
        rgb[c] = meaning != 1 ? value : alpha == 0 ? 0 : Math.min(value * 255 / alpha, 255);
      }
      boolean opaque = meaning != 1 && meaning != 2 && meaning != 999;
      Background.WHITE.over(rgb[0], rgb[1], rgb[2], opaque ? 255 : alpha, expected, 3 * i);
    }
    Pixels actual = pipeline.decode(tiff(layout, colors, extra));
    assertThat(actual.rgb()).isEqualTo(expected);
  }

  @Test
  void grayWithMoreThanAlphaIsNotRead() {
    for (Layout layout : layouts()) {
      for (int[] extra : new int[][] {{0, 0}, {1, 0}, {2, 0}, {0, 0, 0}}) {
        assertThatThrownBy(() -> pipeline.decode(tiff(layout, 1, extra)))
            .isExactlyInstanceOf(ImageException.Unsupported.class)
            .hasMessageStartingWith(
                "The TIFF image has %d samples a pixel of gray", 1 + extra.length);
      }
    }
  }

  /** A gradient of each colour and of alpha, which is 0 in some pixels and 255 in others. */
  private static int sample(Layout layout, int pixel, int s) {
    int value = (pixel * (s + 3) + 40 * s) % 256;
    return layout.bits == 8 ? value : value << 8 | (pixel * 7 & 0xff);
  }

  private static byte[] tiff(Layout layout, int colors, int[] extra) {
    boolean silent = extra.length == 1 && extra[0] == -2;
    int samples = colors + extra.length;
    ByteBuffer pixels =
        ByteBuffer.allocate(SIDE * SIDE * samples * layout.bits / 8).order(layout.order);
    for (int i = 0; i < SIDE * SIDE * samples; i++) {
      int pixel = layout.planar ? i % (SIDE * SIDE) : i / samples;
      int s = layout.planar ? i / (SIDE * SIDE) : i % samples;
      int value = sample(layout, pixel, s);
      if (layout.bits == 8) {
        pixels.put((byte) value);
      } else {
        pixels.putShort((short) value);
      }
    }
    int strips = layout.planar ? samples : 1;
    List<byte[]> data = new ArrayList<>();
    int length = pixels.capacity() / strips;
    for (int i = 0; i < strips; i++) {
      byte[] strip = new byte[length];
      pixels.get(i * length, strip);
      data.add(layout.deflated ? Metadata.deflated(strip) : strip);
    }
    return file(layout, colors, silent ? new int[0] : extra, samples, data);
  }

  private static byte[] file(
      Layout layout, int colors, int[] extra, int samples, List<byte[]> strips) {
    List<int[]> tags = new ArrayList<>(); // tag, type, values
    tags.add(new int[] {256, 3, SIDE});
    tags.add(new int[] {257, 3, SIDE});
    tags.add(repeated(258, samples, layout.bits));
    tags.add(new int[] {259, 3, layout.deflated ? 8 : 1});
    tags.add(new int[] {262, 3, colors == 1 ? 1 : 2});
    tags.add(repeated(273, strips.size(), 0)); // set below
    tags.add(new int[] {277, 3, samples});
    tags.add(new int[] {278, 3, SIDE});
    tags.add(repeated(279, strips.size(), 0));
    tags.add(new int[] {284, 3, layout.planar ? 2 : 1});
    if (extra.length > 0) {
      int[] tag = repeated(338, extra.length, 0);
      System.arraycopy(extra, 0, tag, 2, extra.length);
      tags.add(tag);
    }
    int apart = 8 + 2 + 12 * tags.size() + 4;
    int at = apart + 2 * 8 * tags.size();
    for (int i = 0; i < strips.size(); i++) {
      tags.get(5)[2 + i] = at;
      tags.get(8)[2 + i] = strips.get(i).length;
      at += strips.get(i).length;
    }
    ByteBuffer out = ByteBuffer.allocate(at).order(layout.order);
    out.put(Metadata.ascii(layout.order == ByteOrder.BIG_ENDIAN ? "MM" : "II"));
    out.putShort((short) 42).putInt(8).putShort((short) tags.size());
    for (int[] tag : tags) {
      int count = tag.length - 2;
      out.putShort((short) tag[0]).putShort((short) tag[1]).putInt(count);
      ByteBuffer values = ByteBuffer.allocate(Math.max(2 * count, 4)).order(layout.order);
      for (int i = 0; i < count; i++) {
        values.putShort((short) tag[2 + i]);
      }
      if (2 * count <= 4) {
        out.put(values.array(), 0, 4);
      } else {
        out.putInt(apart);
        out.put(apart, values.array());
        apart += values.capacity();
      }
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(out.array(), 0, tags.get(5)[2]);
    strips.forEach(whole::writeBytes);
    return whole.toByteArray();
  }

  private static int[] repeated(int tag, int count, int value) {
    int[] values = new int[count + 2];
    values[0] = tag;
    values[1] = 3;
    for (int i = 0; i < count; i++) {
      values[2 + i] = value;
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "262|4|The TIFF image has photometric interpretation 4 (transparency mask), which is not"
            + " read.",
        "262|9|The TIFF image has photometric interpretation 9 (ICC L*a*b*), which is not read.",
        "262|10|The TIFF image has photometric interpretation 10 (ITU L*a*b*), which is not read.",
        "262|32803|The TIFF image has photometric interpretation 32803 (colour filter array, as in"
            + " raw files of cameras), which is not read.",
        "262|32844|The TIFF image has photometric interpretation 32844 (LogL), which is not read.",
        "262|32845|The TIFF image has photometric interpretation 32845 (LogLuv), which is not"
            + " read.",
        "262|34892|The TIFF image has photometric interpretation 34892 (linear raw, as in raw files"
            + " of cameras), which is not read.",
        "262|77|The TIFF image has photometric interpretation 77 (unknown), which is not read.",
        "259|6|The TIFF image has compression 6 (old-style JPEG), which is not read.",
        "259|34661|The TIFF image has compression 34661 (JBIG), which is not read.",
        "259|34712|The TIFF image has compression 34712 (JPEG 2000), which is not read.",
        "259|34887|The TIFF image has compression 34887 (LERC), which is not read.",
        "259|34925|The TIFF image has compression 34925 (LZMA), which is not read.",
        "259|50000|The TIFF image has compression 50000 (Zstandard), which is not read.",
        "259|50001|The TIFF image has compression 50001 (WebP), which is not read.",
        "259|50002|The TIFF image has compression 50002 (JPEG XL), which is not read.",
        "259|12345|The TIFF image has compression 12345 (unknown), which is not read.",
        "258|32|The image has 32-bit or floating-point samples; 16 bits are the most.",
        "258|3|The TIFF image is of a kind that is not read: "
      })
  void whatTheReaderDoesNotKnowIsNamedAndNeverCorrupt(int tag, int value, String message) {
    assertThatThrownBy(() -> pipeline.decode(new Tiff(2_000).with(tag, 3, 1, value).bytes()))
        .isExactlyInstanceOf(ImageException.Unsupported.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource({"16", "12", "10"})
  void signedSamplesOfMoreThanEightBitsAreNotRead(int bits) {
    byte[] file = new Tiff(2_000).with(258, 3, 1, bits).with(339, 3, 1, 2).bytes();
    assertThatThrownBy(() -> pipeline.decode(file))
        .isExactlyInstanceOf(ImageException.Unsupported.class)
        .hasMessageStartingWith(
            "The TIFF image has signed samples of %d bits, which are not read.".formatted(bits));
  }
}
