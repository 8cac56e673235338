package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GIFs whose codes have more bits than the palette needs. */
class GifCodeSizeTest {

  private static final int SIDE = 4;

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7, 8, 9, 10, 11})
  void codesOfMoreBitsThanNeededAreRead(int codeSize) throws Exception {
    Pixels pixels = pipeline.decode(gif(codeSize));

    byte[] expected = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < SIDE * SIDE; i++) {
      for (int c = 0; c < 3; c++) {
        expected[3 * i + c] = (byte) (i % 4 * 60);
      }
    }
    assertThat(pixels.rgb()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 12, 13, 200, 255})
  void codesThatNoTableHoldsAreRefused(int codeSize) {
    assertThatThrownBy(() -> pipeline.decode(gif(codeSize)))
        .isInstanceOf(ImageException.Unreadable.class);
  }

  /** Four grays in turn, each after a code that clears the table, so that codes do not grow. */
  private static byte[] gif(int codeSize) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GIF89a".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(new byte[] {SIDE, 0, SIDE, 0, (byte) 0x81, 0, 0}); // a palette of four
    for (int i = 0; i < 4; i++) {
      out.writeBytes(new byte[] {(byte) (60 * i), (byte) (60 * i), (byte) (60 * i)});
    }
    out.writeBytes(new byte[] {0x2c, 0, 0, 0, 0, SIDE, 0, SIDE, 0, 0, (byte) codeSize});
    byte[] codes = codes(Math.clamp(codeSize, 2, 11));
    out.write(codes.length);
    out.writeBytes(codes);
    out.writeBytes(new byte[] {0, 0x3b});
    return out.toByteArray();
  }

  private static byte[] codes(int codeSize) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int clear = 1 << codeSize;
    int buffer = 0;
    int buffered = 0;
    for (int i = 0; i <= 2 * SIDE * SIDE; i++) {
      int code = i == 2 * SIDE * SIDE ? clear + 1 : i % 2 == 0 ? clear : i / 2 % 4;
      buffer |= code << buffered;
      buffered += codeSize + 1;
      while (buffered >= Byte.SIZE) {
        out.write(buffer);
        buffer >>>= Byte.SIZE;
        buffered -= Byte.SIZE;
      }
    }
    out.write(buffer);
    return out.toByteArray();
  }
}
