package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.training.DataSource.Part;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSourceTest {

  @TempDir private Path folder;

  @Test
  void aFolderOfClassFoldersIsReadInTheOrderOfItsPaths() throws Exception {
    write("dog/b.png", 1);
    write("cat/z.png", 2);
    write("dog/a.png", 3);
    write("dog/more/c.png", 4);
    write(".hidden/a.png", 5);
    write("dog/Thumbs.db", 6);
    write("readme.txt", 7);

    try (DataSource data = DataSource.open(folder)) {
      assertThat(data.classes()).containsExactly("cat", "dog");
      assertThat(names(data))
          .containsExactly("cat/z.png", "dog/a.png", "dog/b.png", "dog/more/c.png");
      assertThat(labels(data)).containsExactly(0, 1, 1, 1);
      assertThat(data.read(2)).containsExactly(1);
    }
  }

  @Test
  void aTarIsReadAsItsFolderWouldBeGzippedOrNot() throws Exception {
    for (String name : List.of("data.tar", "data.tgz")) {
      Path tar = folder.resolve(name);
      try (OutputStream file = Files.newOutputStream(tar);
          TarArchiveOutputStream out =
              new TarArchiveOutputStream(
                  name.endsWith("tgz") ? new GZIPOutputStream(file) : file)) {
        entry(out, "./photos/dog/a.png", new byte[] {1, 2});
        entry(out, "./photos/cat/a.png", new byte[] {3});
        out.finish();
      }

      try (DataSource data = DataSource.open(tar)) {
        assertThat(data.classes()).containsExactly("cat", "dog");
        assertThat(data.read(0)).containsExactly(3);
        assertThat(data.read(1)).containsExactly(1, 2);
      }
    }
  }

  @Test
  void foldersForTrainingValidationAndTestingAreRespected() throws Exception {
    write("pets/train/cat/1.png", 1);
    write("pets/train/dog/2.png", 2);
    write("pets/val/cat/3.png", 3);
    write("pets/val/dog/4.png", 4);
    write("pets/test/dog/5.png", 5);

    try (DataSource data = DataSource.open(folder)) {
      assertThat(data.classes()).containsExactly("cat", "dog");
      Split split = data.split(0.5);
      assertThat(split.training().stream().map(data::name))
          .containsExactly("pets/train/cat/1.png", "pets/train/dog/2.png");
      assertThat(split.validation().stream().map(data::name))
          .containsExactly("pets/val/cat/3.png", "pets/val/dog/4.png");
      assertThat(data.positions(Part.TEST).stream().map(data::name))
          .containsExactly("pets/test/dog/5.png");
      assertThat(data.evaluated()).isEqualTo(data.positions(Part.TEST));
    }
  }

  @Test
  void aClassThatIsCalledTrainIsAClass() throws Exception {
    write("train/1.png", 1);
    write("bus/2.png", 2);

    try (DataSource data = DataSource.open(folder)) {
      assertThat(data.classes()).containsExactly("bus", "train");
    }
  }

  @Test
  void aCsvNamesFilesLabelsAndSplits() throws Exception {
    write("images/a b.png", 1);
    write("images/c.png", 2);
    Files.writeString(
        folder.resolve("list.csv"),
        """
        label,Image,split
        "10",images/c.png,val
        9,"images/a b.png",train
        """);

    try (DataSource data = DataSource.open(folder.resolve("list.csv"))) {
      assertThat(data.classes()).containsExactly("9", "10");
      assertThat(labels(data)).containsExactly(1, 0);
      assertThat(data.read(1)).containsExactly(1);
      assertThat(data.positions(Part.VALIDATION)).containsExactly(0);
    }
  }

  @Test
  void aCsvThatNamesAMissingFileIsRefusedWithItsLine() throws Exception {
    Path list = folder.resolve("list.csv");
    Files.writeString(list, "none.png,cat\n");

    assertThatThrownBy(() -> DataSource.open(list))
        .hasMessage(
            "line 1 of %s names %s: there is no such file"
                .formatted(list, folder.resolve("none.png")));
  }

  @Test
  void cifarsOwnBinaryBatchesAreReadAsBmps() throws Exception {
    byte[] batch = new byte[2 * 3073];
    batch[0] = 3; // cat
    batch[1] = 11; // red of the first pixel
    batch[1 + 1024] = 12; // green
    batch[1 + 2048] = 13; // blue
    batch[3073] = 9; // truck
    write("cifar-10-batches-bin/data_batch_1.bin", batch);
    write("cifar-10-batches-bin/test_batch.bin", new byte[3073]);

    try (DataSource data = DataSource.open(folder)) {
      assertThat(labels(data)).containsExactly(3, 9, 0);
      assertThat(data.classes()).hasSize(10).startsWith("airplane").endsWith("truck");
      assertThat(data.positions(Part.TEST)).containsExactly(2);
      byte[] rgb = new ImagePipeline(DecodePolicy.DEFAULT).decode(data.read(0)).rgb();
      assertThat(rgb).startsWith(11, 12, 13, 0).hasSize(3072);
    }
  }

  @Test
  void cifar100HasFineLabels() throws Exception {
    byte[] record = new byte[3074];
    record[0] = 5;
    record[1] = 1;
    write("train.bin", record);
    Files.writeString(folder.resolve("fine_label_names.txt"), "apple\nbear\n");

    try (DataSource data = DataSource.open(folder)) {
      assertThat(labels(data)).containsExactly(1);
    }
  }

  @Test
  void aTruncatedBatchIsNamed() throws Exception {
    write("data_batch_1.bin", new byte[3000]);

    assertThatThrownBy(() -> DataSource.open(folder))
        .hasMessage(
            "data_batch_1.bin has 3000 bytes, which is no multiple of 3073: it is truncated");
  }

  @Test
  void dataWithoutClassesOrWithOneAloneIsRefused() throws Exception {
    write("a.png", 1);
    assertThatThrownBy(() -> DataSource.open(folder))
        .hasMessage(
            folder
                + " holds no class folders: put the images of each class into a folder of its own");

    write("cat/a.png", 1);
    assertThatThrownBy(() -> DataSource.open(folder))
        .hasMessage(
            folder
                + " holds one class alone, cat: a classifier needs at least two, each with its"
                + " images");
  }

  @Test
  void anEmptyClassFolderIsNamed() throws Exception {
    write("cat/a.png", 1);
    write("dog/a.png", 1);
    Files.createDirectory(folder.resolve("horse"));

    assertThatThrownBy(() -> DataSource.open(folder))
        .hasMessage(
            "the class folder horse of %s is empty: add images, or remove it".formatted(folder));
  }

  @Test
  void aClassThatIsMissingFromValidationIsNamed() throws Exception {
    write("train/cat/1.png", 1);
    write("train/dog/1.png", 1);
    write("val/cat/1.png", 1);

    try (DataSource data = DataSource.open(folder)) {
      assertThatThrownBy(() -> data.split(0.1))
          .hasMessage(
              "the class dog of %s has no images among those for validation: add some, or remove the validation images: a share of each class is then held out"
                  .formatted(folder));
    }
  }

  @Test
  void aClassOfOneImageHasNothingToHoldOut() throws Exception {
    write("cat/1.png", 1);
    write("cat/2.png", 1);
    write("dog/1.png", 1);

    try (DataSource data = DataSource.open(folder)) {
      assertThatThrownBy(() -> data.split(0.1))
          .hasMessage(
              "the class dog of %s has no images to hold out: it needs at least two; add more, or remove it"
                  .formatted(folder));
    }
  }

  @Test
  void whatIsNoTarIsRefused() throws Exception {
    Path file = folder.resolve("data.zip");
    Files.write(file, new byte[2000]);

    assertThatThrownBy(() -> DataSource.open(file)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> DataSource.open(folder.resolve("none")))
        .hasMessageContaining("none does not exist: give a folder or a tar");
  }

  private static List<String> names(DataSource data) {
    return IntStream.range(0, data.count()).mapToObj(data::name).toList();
  }

  private static List<Integer> labels(DataSource data) {
    return IntStream.range(0, data.count()).map(data::label).boxed().toList();
  }

  private void write(String name, int... bytes) throws IOException {
    byte[] content = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      content[i] = (byte) bytes[i];
    }
    write(name, content);
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
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
}
