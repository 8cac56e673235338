package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of the kinds that once went wrong; Pillow made the images that are expected. */
class KnownCasesTest {

  private static final Path FOLDER = Path.of("../shared/cases/images");

  private final ImagePipeline fastest = new ImagePipeline(DecodePolicy.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  @BeforeEach
  void needsFiles() {
    assumeTrue(Files.isDirectory(FOLDER), "no ../shared/cases: nothing to decode");
  }

  @ParameterizedTest
  @CsvSource({
    "sos_samsung.jpg, header field wrong",
    "exif6_long.jpg,",
    "xmp6.jpg,",
    "exif6_prefix.png,",
    "rawprofile6.png,",
    "xmp6.png,",
    "noiend.png, end marker missing",
    "badcrc_iend.png, end marker missing",
    "xmp6.webp,",
    "assoc64.tif,",
    "rgbx.tif,",
    "size0.bmp,",
    "zeros_between.gif, stray bytes",
    "notrailer.gif, end marker missing"
  })
  void theCropIsThatOfPillow(String name, String note) throws Exception {
    byte[] file = Files.readAllBytes(FOLDER.resolve(name));
    byte[] expected = Files.readAllBytes(FOLDER.resolve(name.replace('.', '_') + ".rgb.png"));
    for (ImagePipeline pipeline : List.of(fastest, portable)) {
      if (pipeline == portable && name.endsWith(".webp")) {
        continue; // lossy WebP differs
      }
      PreparedImage prepared = pipeline.prepare(file, Preprocessing.TORCHVISION_V1);
      assertThat(prepared.crop().rgb())
          .isEqualTo(fastest.prepare(expected, Preprocessing.TORCHVISION_V1).crop().rgb());
      assertThat(prepared.info().notes().stream().map(ImageNote::text))
          .isEqualTo(note == null ? List.of() : List.of(note));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "half_eoi.jpg, Unreadable, The JPEG image is truncated or corrupt (Corrupt JPEG data: premature"
        + " end of data segment).",
    "half_eoi_extraneous.jpg, Unreadable, The JPEG image is truncated or corrupt (Corrupt JPEG"
        + " data: premature end of data segment).",
    "half_sos.jpg, Unreadable, The JPEG image is truncated or corrupt (Corrupt JPEG data: premature"
        + " end of data segment).",
    "rst_wrong.jpg, Unreadable, The JPEG image has restart marker 5 in place of 3: part of its data"
        + " is missing.",
    "c_lzma.tif, Unsupported, 'The TIFF image has compression 34925 (LZMA), which is not read.'",
    "c_zstd.tif, Unsupported, 'The TIFF image has compression 50000 (Zstandard), which is not"
        + " read.'",
    "bigtiff.tif, Unsupported, 'The image is a BigTIFF, of which only the classic form is read.'"
  })
  void theReasonIsTrue(String name, String reason, String message) throws IOException {
    byte[] file = Files.readAllBytes(FOLDER.resolve(name));
    for (ImagePipeline pipeline : List.of(fastest, portable)) {
      assertThatThrownBy(() -> pipeline.decode(file))
          .hasMessageStartingWith(message)
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(reason));
    }
  }
}
