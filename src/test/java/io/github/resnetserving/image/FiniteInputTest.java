package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.HostileImages.Bits;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lossless WebP data that end, without libwebp: nothing is made of what is not there. */
class FiniteInputTest {

  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  /** Sets of five tables, which a file numbers but does not contain. */
  @ParameterizedTest
  @ValueSource(ints = {2_000, 5_000, 10_000, 30_000, 65_535})
  void tablesThatTheFileDoesNotHaveAreNotMade(int last) {
    byte[] file = withTables(last);

    assertThatThrownBy(() -> portable.decode(file))
        .isInstanceOf(ImageException.Unreadable.class)
        .hasMessageStartingWith("The WEBP image is truncated or corrupt.");
    FuzzedImages.webpWithoutLibwebp(file)
        .check(file, 16 * 16, ImageException.class, () -> portable.decode(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 100})
  void behindTheBytesAreEightZerosAndThenAnExceptionThatIsNotTheUsualOne(int length)
      throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 1);
    FiniteInput input = new FiniteInput(bytes);
    byte[] read = new byte[length + 8];
    for (int i = 0; i < read.length; i++) {
      read[i] = input.readByte();
    }

    assertThat(read).isEqualTo(Arrays.copyOf(bytes, length + 8));
    assertThatThrownBy(input::readByte)
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(EOFException.class)
        .hasMessage("the data end too early");
    assertThatThrownBy(input::readLong).hasMessage("the data end too early");
    assertThat(input.read()).isEqualTo(-1);
    assertThatThrownBy(input::readInt).isInstanceOf(EOFException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 100})
  void aLongThatBeginsInsideEndsWithZeros(int length) throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 1);
    for (int from = 0; from <= length; from++) {
      FiniteInput input = new FiniteInput(bytes);
      input.setByteOrder(ByteOrder.LITTLE_ENDIAN);
      input.seek(from);

      assertThat(input.readLong())
          .isEqualTo(
              ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, from + 8))
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .getLong());
      assertThat(input.getStreamPosition()).isEqualTo(from + 8);
    }
  }

  private static Bits header() {
    Bits bits = new Bits();
    bits.put(0x2f, 8);
    bits.put(15, 14);
    bits.put(15, 14);
    bits.put(0, 4); // no alpha, version 0
    return bits;
  }

  /** An image of one block that has the last set of many. */
  private static byte[] withTables(int last) {
    Bits bits = header();
    bits.put(0, 2); // no transform, no cache
    bits.put(1, 1); // several sets, each for a block of
    bits.put(2, 3); // 16 by 16 pixels
    bits.put(0, 1); // no cache
    bits.put(0b101 | (last & 0xff) << 3, 11); // green: one symbol of eight bits
    bits.put(0b101 | last >> 8 << 3, 11); // red
    for (int i = 0; i < 3; i++) {
      bits.put(0b0001, 4);
    }
    for (int i = 0; i < 20; i++) { // four sets
      bits.put(0b0001, 4);
    }
    return HostileImages.webp(HostileImages.riff("VP8L", bits.end()));
  }
}
