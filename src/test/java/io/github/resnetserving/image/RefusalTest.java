package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that are no image, or not a whole one, or too large a one. */
class RefusalTest {

  private static final Path BAD = Path.of("../shared/reference/images/bad");

  private final ImagePipeline fastest = new ImagePipeline(DecodePolicy.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  static List<String> images() throws IOException {
    return Fixtures.images();
  }

  @ParameterizedTest
  @CsvSource({
    "empty.jpg, Unsupported",
    "text.jpg, Unsupported",
    "html.jpg, Unsupported",
    "drawing.svg, Unsupported",
    "document.pdf, Unsupported",
    "truncated.jpg, Unreadable",
    "header_only.jpg, Unreadable",
    "truncated.png, Unreadable",
    "bad_crc.png, Unreadable",
    "bomb_30000x30000.png, TooManyPixels",
    "claims_65500x65500.jpg, TooManyPixels"
  })
  void badFilesAreRefusedWithTheirReason(String name, String exception) throws Exception {
    assumeTrue(Files.isDirectory(BAD), "no ../shared/reference: nothing to refuse");
    byte[] encoded = Files.readAllBytes(BAD.resolve(name));
    for (ImagePipeline pipeline : List.of(fastest, portable)) {
      assertThatThrownBy(() -> pipeline.decode(encoded))
          .isInstanceOf(ImageException.class)
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(exception));
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void aTruncatedImageIsRefusedWhereverItEnds(String name) throws Exception {
    byte[] encoded = Fixtures.read(name);
    for (int length = 16; length < wholeLength(name, encoded); length += 7) {
      byte[] part = Arrays.copyOf(encoded, length);
      for (ImagePipeline pipeline : List.of(fastest, portable)) {
        assertThatThrownBy(() -> pipeline.decode(part))
            .as("%d of %d bytes", length, encoded.length)
            .isInstanceOf(ImageException.Unreadable.class);
      }
    }
  }

  /** Bytes without which pixels are missing, as opposed to padding and later frames. */
  private static int wholeLength(String name, byte[] encoded) {
    return switch (name) {
      case "animated.gif" -> encoded.length / 3;
      case "progressive.jpg" -> encoded.length; // where a scan may be missing
      case String jpeg when jpeg.endsWith(".jpg") -> encoded.length - 2;
      case String png when png.endsWith(".png") -> endOfData(encoded);
      default -> encoded.length - 8;
    };
  }

  /** Where the last data chunk of a PNG ends: what follows are no pixels. */
  private static int endOfData(byte[] png) {
    ByteBuffer in = ByteBuffer.wrap(png);
    int end = 0;
    for (int at = 8; at < png.length; at += in.getInt(at) + 12) {
      if (in.getInt(at + 4) == 0x49444154) {
        end = at + in.getInt(at) + 12;
      }
    }
    return end;
  }

  @ParameterizedTest
  @MethodSource("images")
  void damagedBytesGiveAImageOrAReason(String name) throws Exception {
    byte[] encoded = Fixtures.read(name);
    Random random = new Random(name.hashCode());
    DecodePolicy small = new DecodePolicy(100_000, Background.WHITE);
    List<ImagePipeline> pipelines =
        List.of(new ImagePipeline(small), new ImagePipeline(small, Decoders.portable()));
    for (int round = 0; round < 300; round++) {
      byte[] damaged = encoded.clone();
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        // Mostly headers: pixels rarely lead a decoder astray.
        int reach = random.nextBoolean() ? damaged.length : Math.min(damaged.length, 120);
        damaged[random.nextInt(reach)] = (byte) random.nextInt(256);
      }
      for (ImagePipeline pipeline : pipelines) {
        try {
          assertThat(pipeline.decode(damaged).rgb()).isNotEmpty();
        } catch (ImageException e) {
          assertThat(e).hasMessageContainingAll(".");
        }
      }
    }
  }

  /** Pieces cut out, doubled or exchanged, and the way to the crop with and without scaling. */
  @ParameterizedTest
  @MethodSource("images")
  void rearrangedBytesGiveACropOrAReason(String name) throws Exception {
    byte[] encoded = Fixtures.read(name);
    Random random = new Random(name.hashCode());
    Preprocessing tiny =
        new Preprocessing(5, Interpolation.BILINEAR, 4, Preprocessing.CIFAR.normalization());
    DecodePolicy exact = new DecodePolicy(100_000, Background.WHITE);
    DecodePolicy fast = new DecodePolicy(100_000, Background.WHITE, DecodePolicy.Detail.FAST);
    List<ImagePipeline> pipelines =
        List.of(
            new ImagePipeline(exact),
            new ImagePipeline(fast),
            new ImagePipeline(exact, Decoders.portable()));
    for (int round = 0; round < 100; round++) {
      byte[] rearranged = rearranged(encoded, random);
      for (ImagePipeline pipeline : pipelines) {
        try {
          assertThat(pipeline.prepare(rearranged, tiny).crop().rgb()).hasSize(4 * 4 * 3);
        } catch (ImageException e) {
          assertThat(e).hasMessageContainingAll(".");
        }
      }
    }
  }

  /** Checksums keep damage from the code behind them; whoever means harm writes right ones. */
  @ParameterizedTest
  @MethodSource("pngs")
  void aDamagedPngWithRightChecksumsGivesAImageOrAReason(String name) throws Exception {
    byte[] encoded = Fixtures.read(name);
    Random random = new Random(name.hashCode());
    ImagePipeline pipeline = new ImagePipeline(new DecodePolicy(100_000, Background.WHITE));
    int images = 0;
    for (int round = 0; round < 1_000; round++) {
      byte[] damaged = encoded.clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        int reach = random.nextBoolean() ? damaged.length : 60;
        damaged[8 + random.nextInt(reach - 8)] = (byte) random.nextInt(256);
      }
      signChunks(damaged);
      try {
        assertThat(pipeline.decode(damaged).rgb()).isNotEmpty();
        images++;
      } catch (ImageException e) {
        assertThat(e).hasMessageContainingAll(".");
      }
    }
    assertThat(images).isPositive(); // damage did get behind the checksums
  }

  static List<String> pngs() throws IOException {
    return Fixtures.images().stream().filter(name -> name.endsWith(".png")).toList();
  }

  private static byte[] rearranged(byte[] encoded, Random random) {
    int from = random.nextInt(encoded.length);
    int length = 1 + random.nextInt(Math.min(64, encoded.length - from));
    int to = random.nextInt(encoded.length);
    byte[] piece = Arrays.copyOfRange(encoded, from, from + length);
    byte[] head = Arrays.copyOf(encoded, to);
    byte[] tail = Arrays.copyOfRange(encoded, to, encoded.length);
    return switch (random.nextInt(3)) {
      case 0 -> // cut out
          joined(
              Arrays.copyOf(encoded, from),
              Arrays.copyOfRange(encoded, from + length, encoded.length));
      case 1 -> joined(head, piece, tail); // doubled
      default -> // written over something else
          joined(head, piece, Arrays.copyOfRange(tail, Math.min(length, tail.length), tail.length));
    };
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }

  private static void signChunks(byte[] png) {
    ByteBuffer in = ByteBuffer.wrap(png);
    for (int at = 8; at <= png.length - 12; ) {
      int length = in.getInt(at);
      if (length < 0 || length > png.length - at - 12) {
        return;
      }
      CRC32 crc = new CRC32();
      crc.update(png, at + 4, length + 4);
      in.putInt(at + 8 + length, (int) crc.getValue());
      at += length + 12;
    }
  }

  @Test
  void aRefusalSaysWhatIsReadAndWhatIsAllowed() {
    assertThatThrownBy(() -> fastest.decode("GIF??".getBytes(StandardCharsets.US_ASCII)))
        .hasMessage(
            "The bytes are in no image format that is read here."
                + " Send one of JPEG, PNG, GIF, BMP, WEBP, TIFF.");
    assertThatThrownBy(() -> fastest.decode(new byte[0]))
        .hasMessageStartingWith("The image is empty.");
    assertThatThrownBy(
            () -> new DecodePolicy(500, Background.WHITE).admit(0xffff_ffffL, 0xffff_ffffL))
        .isInstanceOf(ImageException.TooManyPixels.class)
        .hasMessage(
            "The image claims 4294967295 x 4294967295 pixels; at most 500 pixels are decoded."
                + " Send a smaller version.");
  }

  @Test
  void hugeTilesOfASmallTiffAreRefused() {
    ByteBuffer tiff = ByteBuffer.allocate(300).order(ByteOrder.LITTLE_ENDIAN);
    tiff.putInt(0x002a4949).putInt(8).putShort((short) 10);
    int[][] tags = {
      {256, 16},
      {257, 16},
      {258, 8},
      {259, 1},
      {262, 1},
      {277, 1}, // 16 x 16, gray
      {322, 65520},
      {323, 65520},
      {324, 200},
      {325, 100} // one tile
    };
    for (int[] tag : tags) {
      tiff.putShort((short) tag[0]).putShort((short) 4).putInt(1).putInt(tag[1]);
    }
    assertThatThrownBy(() -> fastest.decode(tiff.array()))
        .isInstanceOf(ImageException.TooManyPixels.class);
  }

  @Test
  void theLimitItselfIsStillAllowed() throws Exception {
    byte[] encoded = Fixtures.read("rgb.png");
    assertThat(
            new ImagePipeline(new DecodePolicy(27 * 21, Background.WHITE)).decode(encoded).width())
        .isEqualTo(27);
    assertThatThrownBy(() ->
            new ImagePipeline(new DecodePolicy(27 * 21 - 1, Background.WHITE)).decode(encoded))
        .isInstanceOf(ImageException.TooManyPixels.class);
  }
}
