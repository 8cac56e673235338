package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetsTest {

  private static final ImagePipeline IMAGES = new ImagePipeline(DecodePolicy.DEFAULT);

  @TempDir private Path folder;

  @Test
  void aFolderOfClassFoldersIsReadInTheOrderOfItsPaths() throws Exception {
    Path data = folder.resolve("data");
    write(data.resolve("dog/b.png"), image(0x102030));
    write(data.resolve("cat/z.png"), image(0x405060));
    write(data.resolve("dog/a.png"), image(0x708090));
    write(data.resolve(".hidden/a.png"), new byte[3]);

    ImageSet set = ImageSets.read(data, Preprocessing.CIFAR, IMAGES);

    assertThat(set.classes()).containsExactly("cat", "dog");
    assertThat(set.labels()).containsExactly(0, 1, 1);
    assertThat(set.images().stream().map(image -> (int) image[0]))
        .containsExactly(0x40, 0x70, 0x10);
    assertThat(set.images().getFirst()).hasSize(32 * 32 * 3);
  }

  @Test
  void aGzippedTarIsReadAsItsFolderWouldBe() throws Exception {
    Path tar = folder.resolve("data.tgz");
    try (OutputStream file = Files.newOutputStream(tar);
        TarArchiveOutputStream out = new TarArchiveOutputStream(new GZIPOutputStream(file))) {
      entry(out, "./dog/a.png", image(0x102030));
      entry(out, "./cat/a.png", image(0x405060));
      out.finish();
    }

    ImageSet set = ImageSets.read(tar, Preprocessing.CIFAR, IMAGES);

    assertThat(set.classes()).containsExactly("cat", "dog");
    assertThat(set.images().stream().map(image -> (int) image[1])).containsExactly(0x50, 0x20);
  }

  @Test
  void cifarsOwnBinaryBatchesAreRead() throws Exception {
    byte[] batch = new byte[2 * 3073];
    batch[0] = 3; // cat
    batch[1] = 11; // red of the first pixel
    batch[1 + 1024] = 12; // green
    batch[1 + 2048] = 13; // blue
    batch[3073] = 9; // truck
    write(folder.resolve("data/cifar-10-batches-bin/data_batch_1.bin"), batch);
    write(folder.resolve("data/cifar-10-batches-bin/test_batch.bin"), new byte[3073]);

    ImageSet set = ImageSets.read(folder.resolve("data"), Preprocessing.CIFAR, IMAGES);

    assertThat(set.count()).isEqualTo(2);
    assertThat(set.labels()).containsExactly(3, 9);
    assertThat(set.classes()).hasSize(10).startsWith("airplane").endsWith("truck");
    assertThat(set.images().getFirst()).startsWith(11, 12, 13, 0);
  }

  @Test
  void aTruncatedBatchIsNamed() throws Exception {
    write(folder.resolve("data/data_batch_1.bin"), new byte[3000]);

    assertThatThrownBy(() -> ImageSets.read(folder.resolve("data"), Preprocessing.CIFAR, IMAGES))
        .hasMessage(
            "data_batch_1.bin has 3000 bytes, which is no multiple of 3073: it is truncated");
  }

  @Test
  void aFileThatIsNoImageIsNamed() throws Exception {
    write(folder.resolve("data/cat/a.png"), image(0));
    write(folder.resolve("data/dog/readme.txt"), new byte[] {'h', 'i'});

    assertThatThrownBy(() -> ImageSets.read(folder.resolve("data"), Preprocessing.CIFAR, IMAGES))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("1 files are no images that can be read, such as dog/readme.txt (");
  }

  @Test
  void aFolderWithoutClassFoldersIsRefused() throws Exception {
    write(folder.resolve("data/a.png"), image(0));

    assertThatThrownBy(() -> ImageSets.read(folder.resolve("data"), Preprocessing.CIFAR, IMAGES))
        .hasMessageContaining("holds 0 class folders: it must have at least two");
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private static void entry(TarArchiveOutputStream out, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    out.putArchiveEntry(entry);
    out.write(bytes);
    out.closeArchiveEntry();
  }

  private static byte[] image(int rgb) throws IOException {
    BufferedImage image = new BufferedImage(40, 32, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 40; x++) {
        image.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", png);
    return png.toByteArray();
  }
}
