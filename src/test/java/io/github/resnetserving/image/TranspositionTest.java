package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TranspositionTest {

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 30", "8, 8", "9, 23", "16, 5", "27, 64"})
  void everyByteIsTurnedAndNothingElseWritten(int rows, int columns) {
    int stride = columns + 3;
    int toStride = rows + 2;
    byte[] from = new byte[5 + rows * stride];
    new Random(rows).nextBytes(from);
    byte[] expected = new byte[4 + columns * toStride];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        expected[4 + c * toStride + r] = (byte) (from[5 + r * stride + c] ^ 0x80);
      }
    }
    byte[] actual = new byte[expected.length];
    Transposition.transpose(from, 5, stride, rows, columns, (byte) 0x80, actual, 4, toStride);
    assertThat(actual).isEqualTo(expected);
  }
}
