package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which WebP images are decoded in the process that serves: plain lossy ones, and small files. */
class WebpKindsTest {

  private static final int LARGE = 9_000; // bytes

  @ParameterizedTest
  @ValueSource(
      strings = {
        "VP8 ",
        "VP8X VP8 ",
        "VP8X ICCPVP8 ",
        "VP8X ICCPVP8 EXIF",
        "EXIFVP8 ",
        "VP8 VP8L",
        "odd VP8 "
      })
  void lossyWithoutTransparency(String chunks) {
    assertThat(WebpFile.isQuick(file(chunks))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "VP8L",
        "VP8X VP8L",
        "VP8X ALPHVP8 ",
        "VP8X ANIMANMF",
        "VP8X ANMFVP8 ",
        "EXIFVP8L",
        "EXIF",
        "odd VP8L"
      })
  void everythingElse(String chunks) {
    assertThat(WebpFile.isQuick(file(chunks))).isFalse();
  }

  /** Chunks that claim to be as long as the file, or longer, or have a negative length. */
  @ParameterizedTest
  @ValueSource(ints = {8_972, 8_980, 9_000, 1 << 24, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
  void aFileThatEndsBeforeItsImage(int claimed) {
    byte[] file = file("VP8X VP8 ");
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(16, claimed);

    assertThat(WebpFile.isQuick(file)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"VP8L", "VP8X VP8L", "VP8X ALPHVP8 ", "VP8X ANIMANMF", ""})
  void smallFiles(String chunks) {
    assertThat(WebpFile.isQuick(Arrays.copyOf(file(chunks), 8192))).isTrue();
    assertThat(WebpFile.isQuick(Arrays.copyOf(file(chunks), 8193))).isFalse();
  }

  /** Chunks of ten bytes, "odd" ones of eleven and their padding. */
  private static byte[] file(String chunks) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("RIFF\0\0\0\0WEBP".getBytes(StandardCharsets.ISO_8859_1));
    String names = chunks.replace("VP8X ", "VP8X");
    for (int i = 0; i < names.length(); i += 4) {
      String name = names.substring(i, i + 4);
      int length = name.equals("odd ") ? 11 : 10;
      out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
      out.writeBytes(new byte[length + (length & 1)]);
    }
    return Arrays.copyOf(out.toByteArray(), LARGE);
  }
}
