package io.github.resnetserving.checkpoint.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.checkpoint.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Archives of NumPy that are damaged, or whose arrays are none of BiT's. */
class BitArchiveTest {

  private static final String STEM = "resnet/root_block/standardized_conv2d/kernel";
  private static final String SCALARS =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1), }\n";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1, 1), } | is {'descr': '<f8',"
            + " 'fortran_order': False, 'shape': (1, 1, 1, 1), }: only little-endian float32 in C"
            + " order is read",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1, 1, 1), } | only little-endian"
            + " float32 in C order is read",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999, 1, 1), } | has the shape"
            + " (99999, 99999, 1, 1): no network of BiT has one so large",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), } | has the shape"
            + " (99999999999,): no network of BiT has one so large"
      })
  void anArrayThatIsNoneOfFloatsIsNamed(String header, String message) throws Exception {
    assertThatThrownBy(() -> ForeignFile.open(archive(STEM, header + "\n", new byte[4])))
        .isInstanceOf(WeightsException.class)
        .hasMessageStartingWith("net.npz: " + STEM)
        .hasMessageContaining(message);
  }

  @Test
  void anArrayWithoutNumpysHeaderIsNamed() throws Exception {
    Path file = folder.resolve("net.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(STEM + ".npy"));
      zip.write(new byte[64]);
    }

    assertThatThrownBy(() -> ForeignFile.open(file))
        .hasMessage("net.npz: %s is no array of NumPy".formatted(STEM));
  }

  @Test
  void anArrayOfAnotherNetworkIsNamed() throws Exception {
    Path file = folder.resolve("net.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      add(zip, STEM, SCALARS, new byte[4]);
      add(zip, "resnet/block1/unit01/d/group_norm/gamma", SCALARS, new byte[4]);
    }

    assertThatThrownBy(() -> ForeignFile.open(file))
        .hasMessage(
            "net.npz: the array resnet/block1/unit01/d/group_norm/gamma is none of BiT's"
                + " networks");
  }

  @ParameterizedTest
  @CsvSource({"3", "5"})
  void anArrayOfMoreOrFewerNumbersThanItsHeaderTellsIsRefusedWhenItIsWritten(int bytes)
      throws Exception {
    ForeignFile file = ForeignFile.open(archive(STEM, SCALARS, new byte[bytes])).orElseThrow();

    assertThatThrownBy(() -> file.write(folder.resolve("converted.safetensors")))
        .isInstanceOf(WeightsException.class)
        .hasMessage(
            "net.npz: %s has more or fewer elements than its header tells: 1".formatted(STEM));
  }

  private Path archive(String name, String header, byte[] elements) throws IOException {
    Path file = folder.resolve("net.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      add(zip, name, header, elements);
    }
    return file;
  }

  private static void add(ZipOutputStream zip, String name, String header, byte[] elements)
      throws IOException {
    zip.putNextEntry(new ZipEntry(name + ".npy"));
    zip.write("\u0093NUMPY\1\0".getBytes(ISO_8859_1));
    zip.write(header.length() & 0xff);
    zip.write(header.length() >> 8);
    zip.write(header.getBytes(ISO_8859_1));
    zip.write(elements);
  }
}
