package io.github.resnetserving.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Labels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {

  private static final byte[] IMAGE = read(Path.of("src/test/resources/evaluation/wide.png"));
  private static final Instant END = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir private Path folder;

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theTablesHoldTheNumbers() throws Exception {
    write(threeClasses(), List.of());

    assertThat(folder.resolve("per-class.csv"))
        .hasContent(
            """
            class,images,answers,right,precision,recall,f1
            cat,3,3,2,0.666667,0.666667,0.666667
            "dog, ""wet""\",1,1,0,0.000000,0.000000,0.000000
            <b>ox</b>,0,0,0,0.000000,0.000000,0.000000
            """);
    assertThat(folder.resolve("confusion.csv"))
        .hasContent(
            """
            class,answer,images
            cat,cat,2
            cat,"dog, ""wet""\",1
            "dog, ""wet""\",cat,1
            """);
    assertThat(folder.resolve("reliability.csv").toFile())
        .content()
        .startsWith("from,to,images,right,mean_probability\n0.000000,0.066667,0,0,\n")
        .contains("\n0.866667,0.933333,0,0,\n0.933333,1.000000,4,2,0.998180\n");
  }

  @Test
  void thePageIsWellFormedAndNeedsNothingFromOutside() throws Exception {
    write(threeClasses(), history());

    Document page = page();

    assertThat(text(page)).contains("a&b<script>.png", "<b>ox</b>", "dog, \"wet\"", "50.00 %");
    assertThat(page.getElementsByTagName("script").getLength()).isZero();
    assertThat(page.getElementsByTagName("link").getLength()).isZero();
    NodeList all = page.getElementsByTagName("*");
    for (int i = 0; i < all.getLength(); i++) {
      Element element = (Element) all.item(i);
      assertThat(element.hasAttribute("href")).isFalse();
      assertThat(element.hasAttribute("srcset")).isFalse();
      if (element.hasAttribute("src")) {
        assertThat(element.getAttribute("src")).startsWith("data:image/png;base64,iVBOR");
      }
    }
    assertThat(html()).doesNotContain("url(", "@import", "http:", "https:", "${", "NaN");
  }

  @Test
  void theChartsAndThumbnailsLieBesideIt() throws Exception {
    write(threeClasses(), history());

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "report.html",
              "confusion.png",
              "confusion.csv",
              "reliability.png",
              "reliability.csv",
              "per-class.csv",
              "learning-curve.png",
              "history.csv",
              "events.out.tfevents.report",
              "mistake-01.png",
              "mistake-02.png");
    }
    for (String chart :
        List.of("confusion.png", "reliability.png", "learning-curve.png", "mistake-01.png")) {
      assertThat(ImageIO.read(folder.resolve(chart).toFile()).getWidth())
          .as(chart)
          .isBetween(128, 1200);
    }
  }

  @Test
  void theHistoryIsThatOfTheTrainingWhateverWasMeasured() throws Exception {
    write(threeClasses(), history());

    assertThat(folder.resolve("history.csv"))
        .hasContent(
            """
            epoch,loss/training,accuracy/validation,learning_rate,seconds
            1,1.5,0.25,0.1,60.000000
            2,NaN,0.75,,60.000000
            """);
  }

  @Test
  void aReportAboutWhatWasNotTrainedHereHasNoHistory() throws Exception {
    write(threeClasses(), List.of());

    assertThat(html()).doesNotContain("Training", "learning-curve");
    assertThat(folder.resolve("history.csv")).doesNotExist();
  }

  @Test
  void ofAThousandClassesTheMostConfusedAreShown() throws Exception {
    Labels labels = Labels.imageNet();
    Evaluation evaluation = new Evaluation(labels);
    for (int i = 0; i < 2000; i++) {
      float[] logits = new float[1000];
      logits[i % 7 == 0 ? (i + 1) % 1000 : i % 1000] = 9;
      evaluation.add(sample("image " + i, i % 1000, logits));
    }
    write(evaluation, List.of());

    assertThat(Files.readAllLines(folder.resolve("per-class.csv"))).hasSize(1001);
    assertThat(text(page())).contains("the 20 of 1,000 classes with the most mistakes");
    assertThat(ImageIO.read(folder.resolve("confusion.png").toFile()).getWidth()).isEqualTo(1100);
  }

  @Test
  void oneClassAloneHasAReport() throws Exception {
    Evaluation evaluation = new Evaluation(Labels.numbered(1));
    evaluation.add(sample("a", 0, new float[] {2}));
    write(evaluation, List.of());

    assertThat(text(page()))
        .contains("No image got a wrong answer.", "There are none.", "100.00 %");
  }

  @Test
  void everyRunHasARowAndTheFirstIsCompared() throws Exception {
    Evaluation other = new Evaluation(labels());
    threeClassSamples().forEach(s -> other.add(sample(s.image().name(), s.image().label(), 2)));
    new Report(
            "Two",
            facts(),
            List.of(run("fp32", threeClasses()), run("int8", other)),
            List.of(),
            END)
        .write(folder);

    NodeList rows =
        ((Element) page().getElementsByTagName("tbody").item(0)).getElementsByTagName("tr");
    assertThat(rows.item(0).getTextContent())
        .isEqualTo("fp32direct on cpu450.00 %100.00 %3.501849.82 %33.33 %02.0");
    assertThat(rows.item(1).getTextContent())
        .startsWith("int8direct on cpu40.00 %")
        .endsWith("42.0");
  }

  @Test
  void anImageThatIsGoneLeavesItsPlaceEmpty() throws Exception {
    Evaluation evaluation = new Evaluation(labels());
    Sample.Image gone =
        new Sample.Image(
            "gone",
            1,
            () -> {
              throw new IOException("gone");
            });
    evaluation.add(new Sample(gone, List.of(new float[] {9, 0, 0})));
    write(evaluation, List.of());

    assertThat(text(page())).contains("The image cannot be read any more.");
  }

  @Test
  void controlCharactersBecomeMarks() {
    assertThat(ReportPage.escape("a\0b\u001b\uFFFE\uD800'&\"<>é😀"))
        .isEqualTo("a\uFFFDb\uFFFD\uFFFD\uFFFD&#39;&amp;&quot;&lt;&gt;é😀");
  }

  @Test
  void nothingCannotBeReportedOn() {
    assertThatThrownBy(() -> write(new Evaluation(labels()), List.of()))
        .hasMessage("there are no images to report on");
  }

  @Test
  void aFileIsNoFolder() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() ->
            new Report("x", facts(), List.of(run("fp32", threeClasses())), List.of(), END)
                .write(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " is a file: the report needs a folder");
  }

  private void write(Evaluation evaluation, List<Epoch> history) throws IOException {
    Path html =
        new Report("Cats & dogs", facts(), List.of(run("fp32", evaluation)), history, END)
            .write(folder);
    assertThat(html).isEqualTo(folder.resolve("report.html"));
  }

  private static Report.Run run(String name, Evaluation evaluation) {
    return new Report.Run(name, "direct on cpu", evaluation, evaluation.images() / 2.0);
  }

  private static SequencedMap<String, String> facts() {
    return new LinkedHashMap<>(Map.of("model", "<i>net</i>"));
  }

  private static List<Epoch> history() {
    SequencedMap<String, Double> first = new LinkedHashMap<>();
    first.put("loss/training", 1.5);
    first.put("accuracy/validation", 0.25);
    first.put("learning_rate", 0.1);
    SequencedMap<String, Double> second = new LinkedHashMap<>();
    second.put("loss/training", Double.NaN);
    second.put("accuracy/validation", 0.75);
    return List.of(new Epoch(1, 60, first), new Epoch(2, 60, second));
  }

  /** Two of three cats are right, and the dog is called a cat. */
  private static Evaluation threeClasses() {
    Evaluation evaluation = new Evaluation(labels());
    threeClassSamples().forEach(evaluation::add);
    return evaluation;
  }

  private static List<Sample> threeClassSamples() {
    List<Sample> samples = new ArrayList<>();
    IntStream.range(0, 2).forEach(i -> samples.add(sample("cat " + i, 0, 0)));
    samples.add(sample("a&b<script>.png", 0, 1));
    samples.add(sample("dog", 1, 0));
    return samples;
  }

  private static Labels labels() {
    try {
      Path file = Files.createTempFile("labels", ".json");
      Files.writeString(file, "[\"cat\", \"dog, \\\"wet\\\"\", \"<b>ox</b>\"]");
      return Labels.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An answer that is as good as sure. */
  private static Sample sample(String name, int label, int answer) {
    float[] logits = new float[3];
    logits[answer] = 7;
    return sample(name, label, logits);
  }

  private static Sample sample(String name, int label, float[] logits) {
    return new Sample(new Sample.Image(name, label, () -> IMAGE), List.of(logits));
  }

  private String html() throws IOException {
    return Files.readString(folder.resolve("report.html"));
  }

  private Document page() throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(html().getBytes(StandardCharsets.UTF_8)));
  }

  private static String text(Document page) {
    return page.getDocumentElement().getTextContent();
  }
}
