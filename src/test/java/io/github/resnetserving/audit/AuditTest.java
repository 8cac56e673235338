package io.github.resnetserving.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.audit.Findings.ClassSize;
import io.github.resnetserving.audit.Findings.Copy;
import io.github.resnetserving.training.DataSource;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with labelled images, without a network. */
class AuditTest {

  @TempDir private Path folder;

  @BeforeEach
  void twoClasses() throws Exception {
    Scenes.fill(folder.resolve("train/a"), 0, 12);
    Scenes.fill(folder.resolve("train/b"), 100, 12);
    Scenes.fill(folder.resolve("val/a"), 200, 2);
    Scenes.fill(folder.resolve("val/b"), 300, 2);
  }

  @Test
  void nothingIsWrongWithDifferentImages() throws Exception {
    Findings found = audit();

    assertThat(found.images()).isEqualTo(28);
    assertThat(found.unreadable()).isEmpty();
    assertThat(found.copies()).isEmpty();
    assertThat(found.odd()).isEmpty();
    assertThat(found.classes())
        .containsExactly(new ClassSize("a", 12, 2, 0, ""), new ClassSize("b", 12, 2, 0, ""));
    assertThat(found.labels()).isEmpty();
  }

  @Test
  void anUnreadableFileIsNamed() throws Exception {
    Files.writeString(folder.resolve("train/a/note.jpg"), "no image");

    assertThat(audit().unreadable())
        .containsOnlyKeys("train/a/note.jpg")
        .allSatisfy((_, reason) -> assertThat(reason).contains("Send one of"));
  }

  @Test
  void whereNoImageCanBeReadTheFirstReasonIsTold() throws Exception {
    Path bad = folder.resolve("bad");
    for (String name : List.of("a/1.jpg", "b/1.jpg")) {
      Files.createDirectories(bad.resolve(name).getParent());
      Files.writeString(bad.resolve(name), "no image");
    }
    try (DataSource data = DataSource.open(bad)) {
      assertThatThrownBy(() -> Audit.look(data, Audit.Progress.NONE))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("none of the 2 images can be read; the first: ");
    }
  }

  @Test
  void copiesOfEveryKindAreFound() throws Exception {
    BufferedImage large = Scenes.draw(50, 256, 192);
    Scenes.write(folder.resolve("train/a/large.png"), large);
    Scenes.write(folder.resolve("train/a/large-again.png"), large);
    Scenes.write(folder.resolve("train/a/large-small.jpg"), Scenes.draw(50, 128, 96));
    Scenes.write(folder.resolve("train/b/large-turned.jpg"), Scenes.mirrored(large));

    List<String> pairs =
        with((data, found) ->
            found.copies().stream()
                .map(copy ->
                    "%s %s %s"
                        .formatted(data.name(copy.first()), copy.how(), data.name(copy.second())))
                .toList());

    assertThat(pairs)
        .containsExactlyInAnyOrder(
            "train/a/large-again.png identical train/a/large.png",
            "train/a/large-again.png near train/a/large-small.jpg",
            "train/a/large-again.png mirrored train/b/large-turned.jpg",
            "train/a/large-small.jpg mirrored train/b/large-turned.jpg");
    assertThat(audit().groups()).containsExactly(List.of(12, 13, 14, 27));
  }

  @Test
  void theSamePixelsInAnotherFileAreIdentical() throws Exception {
    Scenes.write(folder.resolve("train/a/again.bmp"), Scenes.draw(3, 64, 48));

    assertThat(audit().copies()).extracting(Copy::how).containsExactly("identical");
  }

  @Test
  void aCopyAmongTheImagesForValidationLeaks() throws Exception {
    Scenes.write(folder.resolve("val/a/leak.jpg"), Scenes.mirrored(Scenes.draw(3, 64, 48)));

    String refusal = with((data, found) -> new AuditReport(data, found).refusal().orElseThrow());

    assertThat(refusal)
        .isEqualTo(
            """
            1 images are there to learn from and to be tested with, or copies of such are:
              train/a/003.png (training) = val/a/leak.jpg (validation), mirrored
            Remove one of each, or train with --allow-leaks and believe less of the result.\
            """);
  }

  @Test
  void oddImagesAreNamed() throws Exception {
    Scenes.write(folder.resolve("train/a/long.png"), Scenes.draw(50, 200, 60));
    Scenes.write(folder.resolve("train/a/tiny.png"), Scenes.draw(51, 10, 10));
    BufferedImage grey = Scenes.draw(52, 64, 48);
    new ColorConvertOp(ColorSpace.getInstance(ColorSpace.CS_GRAY), null)
        .filter(Scenes.draw(52, 64, 48), grey);
    Scenes.write(folder.resolve("train/b/grey.png"), grey);

    Map<String, String> odd =
        with((data, found) ->
            found.odd().stream()
                .collect(Collectors.toMap(one -> data.name(one.position()), Findings.Odd::what)));

    assertThat(odd)
        .isEqualTo(
            Map.of(
                "train/a/long.png",
                "extreme shape: 200 x 60 pixels, of which a crop shows less than a third",
                "train/a/tiny.png",
                "tiny: 10 x 10 pixels, where half have a short edge of 48 or more",
                "train/b/grey.png",
                "grey among coloured images"));
  }

  @Test
  void smallAndRareClassesAreNoted() throws Exception {
    Scenes.fill(folder.resolve("train/c"), 400, 3);
    Scenes.fill(folder.resolve("val/c"), 500, 1);
    Scenes.fill(folder.resolve("train/b"), 600, 28);
    Scenes.fill(folder.resolve("train/d"), 700, 10);
    Scenes.fill(folder.resolve("val/d"), 800, 1);

    assertThat(audit().classes())
        .extracting(ClassSize::note)
        .containsExactly("rare: another has 40", "", "few", "rare: another has 40");
  }

  @Test
  void theTablesHaveEveryFinding() throws Exception {
    Scenes.write(folder.resolve("train/a/again.png"), Scenes.draw(3, 64, 48));
    Files.writeString(folder.resolve("train/a/x, y.jpg"), "no image");
    Path out = folder.resolve("out");

    List<String> summary =
        with((data, found) -> {
          AuditReport report = new AuditReport(data, found);
          report.write(out);
          return report.summary();
        });

    assertThat(summary)
        .startsWith("30 images of 2 classes", "unreadable  1")
        .contains(
            "copies      1",
            "            train/a/003.png = train/a/again.png (identical)",
            "leaks       0",
            "labels      not compared: there is no network");
    try (var files = Files.list(out)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "unreadable.csv", "copies.csv", "leaks.csv", "classes.csv", "odd.csv", "copies.png");
    }
    assertThat(Files.readAllLines(out.resolve("copies.csv")))
        .containsExactly(
            "image,class,part,other,other_class,other_part,how,agreement",
            "train/a/003.png,a,training,train/a/again.png,a,training,identical,1.000000");
    assertThat(Files.readAllLines(out.resolve("unreadable.csv")).getLast())
        .startsWith("\"train/a/x, y.jpg\",");
  }

  @Test
  void suspectsAreReadFromATable() throws Exception {
    Path file = folder.resolve("suspects.csv");
    Files.writeString(file, "image,class\ntrain/a/003.png,a\n\"train/b/101.png\",b\n");
    try (DataSource data = DataSource.open(folder)) {
      Set<Integer> positions = SuspectsFile.positions(file, data);

      assertThat(positions)
          .extracting(data::name)
          .containsExactlyInAnyOrder("train/a/003.png", "train/b/101.png");
      Files.writeString(file, "image\ntrain/a/none.png\n");
      assertThatThrownBy(() -> SuspectsFile.positions(file, data))
          .hasMessageStartingWith("line 2 of " + file + " names train/a/none.png, which is not");
      assertThatThrownBy(() -> SuspectsFile.positions(folder.resolve("none.csv"), data))
          .hasMessageContaining("there is no file");
    }
  }

  private interface Use<T> {
    T of(DataSource data, Findings found) throws IOException;
  }

  private Findings audit() throws IOException {
    return with((_, found) -> found);
  }

  private <T> T with(Use<T> use) throws IOException {
    try (DataSource data = DataSource.open(folder)) {
      return use.of(data, Audit.look(data, Audit.Progress.NONE).findings(Optional.empty()));
    }
  }
}
