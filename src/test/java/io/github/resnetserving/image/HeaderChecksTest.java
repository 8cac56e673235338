package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.github.resnetserving.image.HostileHeaders.Tiff;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Headers of TIFF and BMP files against what is there, before another library reads them. */
class HeaderChecksTest {

  private static final Path ATTACKS = Path.of("../shared/cases/attacks");

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);

  static List<Arguments> tiffs() {
    return named("tiff", HostileHeaders.tiffs());
  }

  static List<Arguments> bmps() {
    return named("bmp", HostileHeaders.bmps());
  }

  private static List<Arguments> named(
      String format, Map<byte[], Class<? extends ImageException>> files) {
    List<Arguments> named = new ArrayList<>();
    files.forEach((file, reason) ->
        named.add(Arguments.of(Named.of(format + " " + named.size(), file), reason)));
    return named;
  }

  @ParameterizedTest
  @MethodSource({"tiffs", "bmps"})
  void whatIsNotThereIsRefusedAndNotAllocated(byte[] file, Class<? extends ImageException> reason) {
    refuses(file, reason);
    long before = allocated();
    refuses(file, reason);
    assertThat(allocated() - before).isLessThan(1_000_000 + 8L * file.length);
  }

  private void refuses(byte[] file, Class<? extends ImageException> reason) {
    assertThatThrownBy(() -> pipeline.decode(file)).isExactlyInstanceOf(reason).hasNoCause();
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  @ParameterizedTest
  @CsvSource({
    "bmp_jpg_2g.bmp, Unsupported",
    "bmp_png_2g.bmp, Unsupported",
    "tiff_bits64.tif, Unsupported",
    "tiff_count2g.tif, Unreadable",
    "tiff_spp_big.tif, Unsupported",
    "tiff_strip2g_lzw.tif, Unreadable"
  })
  void knownAttacksAreRefusedWithTheirReason(String name, String reason) throws Exception {
    assumeTrue(Files.isDirectory(ATTACKS), "no ../shared/cases: nothing to refuse");
    byte[] file = Files.readAllBytes(ATTACKS.resolve(name));
    assertThatThrownBy(() -> pipeline.decode(file))
        .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(reason));
  }

  @Test
  void aWholeTiffIsReadAndSoAreItsHarmlessRelatives() throws Exception {
    List<Tiff> harmless =
        List.of(
            new Tiff(2_000),
            new Tiff(2_000).with(305, 2, 100, 1_000), // a string
            new Tiff(2_000).with(40_000, 99, 0xffff_ffffL, 1_000), // a type that is not known
            new Tiff(2_000).with(34_665, 4, 1, 0x7fff_ffff), // no EXIF where it should be
            new Tiff(2_000).with(34_665, 4, 1, Tiff.DIRECTORY), // its own directory as EXIF
            new Tiff(2_000).without(279), // the old way not to tell
            new Tiff(2_000).with(278, 4, 1, 0xffff_ffffL), // one strip, as libtiff writes it
            new Tiff(2_000).next(1_000)); // an empty second page
    for (Tiff tiff : harmless) {
      assertThat(pipeline.decode(tiff.bytes()).rgb()).hasSize(8 * 8 * 3);
    }
  }

  static List<byte[]> pardonableTiffs() {
    return HostileHeaders.pardonableTiffs();
  }

  @ParameterizedTest
  @MethodSource("pardonableTiffs")
  void aTiffIsReadWhoseFirstImageIsWhole(byte[] file) throws Exception {
    assertIsReadAndNotModified(file);
  }

  private void assertIsReadAndNotModified(byte[] file) throws Exception {
    byte[] before = file.clone();
    assertThat(pipeline.decode(file).rgb()).hasSize(8 * 8 * 3);
    assertThat(file).isEqualTo(before);
  }

  @Test
  void aLoopOfDirectoriesEndsBehindTheFirst() throws Exception {
    assumeTrue(Files.isDirectory(ATTACKS), "no ../shared/cases: nothing to read");
    assertThat(pipeline.decode(Files.readAllBytes(ATTACKS.resolve("tiff_loop.tif"))).rgb())
        .isNotEmpty();
  }

  static List<byte[]> pardonableBmps() {
    return HostileHeaders.pardonableBmps();
  }

  @ParameterizedTest
  @MethodSource("pardonableBmps")
  void aBmpIsReadWhateverItsOtherSizesSay(byte[] file) throws Exception {
    assertIsReadAndNotModified(file);
  }

  @Test
  void bmpsOfEveryHeaderAndDepthAreRead() throws Exception {
    for (int depth : new int[] {1, 4, 8, 24}) {
      for (int header : new int[] {12, 40, 52, 56, 108, 124}) {
        byte[] file = HostileHeaders.bmp(header, depth, 0, out -> {});
        assertThat(pipeline.decode(file).rgb()).hasSize(8 * 8 * 3);
      }
    }
  }

  @Test
  void whatIsNotReadIsNamed() {
    assertThatThrownBy(() -> pipeline.decode("II+\0\10\0\0\0".getBytes(StandardCharsets.US_ASCII)))
        .isExactlyInstanceOf(ImageException.Unsupported.class)
        .hasMessageStartingWith("The image is a BigTIFF");
    assertThatThrownBy(() -> pipeline.decode(new Tiff(2_000).with(259, 3, 1, 34_925).bytes()))
        .hasMessageStartingWith("The TIFF image has compression 34925 (LZMA), which is not read.");
    assertThatThrownBy(() -> pipeline.decode(HostileHeaders.bmp(40, 0, 5, out -> {})))
        .hasMessageStartingWith("The BMP image embeds a PNG image, which is not read.");
  }
}
