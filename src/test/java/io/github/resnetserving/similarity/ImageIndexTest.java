package io.github.resnetserving.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.similarity.ImageIndex.Match;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index of images in a folder. */
class ImageIndexTest {

  private static final ImageIndex.Model MODEL = new ImageIndex.Model("net", "abc");

  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsFound() throws Exception {
    ImageIndex.write(
        folder,
        MODEL,
        List.of("a\nb.jpg", "c.jpg", "d.jpg"),
        List.of(new float[] {2, 0}, new float[] {3, 4}, new float[] {0, 7}));

    try (ImageIndex index = ImageIndex.open(folder)) {
      assertThat(index.model()).isEqualTo(MODEL);
      assertThat(index.size()).isEqualTo(3);
      assertThat(index.nearest(new float[] {0.5f, 0}, 2))
          .containsExactly(new Match("a\nb.jpg", 1), new Match("c.jpg", 0.6f));
    }
  }

  @Test
  void aFolderWithoutAnIndexIsRefused() {
    assertThatThrownBy(() -> ImageIndex.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessage(folder + " holds no index: make one with similar build");
  }

  @Test
  void anIndexThatIsNotWholeIsRefused() throws Exception {
    ImageIndex.write(folder, MODEL, List.of("a", "b"), List.of(new float[1], new float[1]));
    Path names = folder.resolve("images.ndjson");
    Files.writeString(names, "\"a\"\n");

    assertThatThrownBy(() -> ImageIndex.open(folder))
        .hasMessage(
            folder + ": images.ndjson names 1 images of 2; make it anew with similar build");

    Files.writeString(names, "\"a\"\nb\n");
    assertThatThrownBy(() -> ImageIndex.open(folder))
        .hasMessageContaining("is not as it was written");

    Files.writeString(names, "\"a\"\n\"b\"\n");
    Files.write(folder.resolve("vectors.npy"), new byte[3]);
    assertThatThrownBy(() -> ImageIndex.open(folder))
        .hasMessageContaining("vectors.npy is not of 2 x 1 numbers");
  }
}
