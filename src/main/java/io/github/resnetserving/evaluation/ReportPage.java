package io.github.resnetserving.evaluation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.resnetserving.evaluation.Evaluation.ClassResult;
import io.github.resnetserving.evaluation.Evaluation.Mistake;
import io.github.resnetserving.models.Labels;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A report as one page of HTML that needs nothing beside it. */
final class ReportPage {

  private static final String TEMPLATE = "report.html";
  private static final String NOTHING = "<td class=\"n\">–</td>";
  private static final Pattern PLACE = Pattern.compile("\\$\\{(\\w+)}");

  private final Report report;
  private final Evaluation shown;
  private final Labels labels;
  private final Map<String, byte[]> pngs;
  private final List<ReportSection> sections;

  /**
   * Prepares a page.
   *
   * @param pngs charts and thumbnails by file name
   * @param sections that follow the history
   */
  ReportPage(Report report, Map<String, byte[]> pngs, List<ReportSection> sections) {
    this.report = report;
    this.shown = report.runs().getFirst().result();
    this.labels = shown.labels();
    this.pngs = pngs;
    this.sections = List.copyOf(sections);
  }

  String html() throws IOException {
    Map<String, String> parts =
        Map.of(
            "title", escape(report.title()),
            "summary", summary(),
            "facts", facts(),
            "history", history() + more(),
            "confusion", confusion(),
            "classes", classes(),
            "reliability", data("reliability.png"),
            "mistakes", mistakes());
    return PLACE
        .matcher(template())
        .replaceAll(place -> Matcher.quoteReplacement(parts.getOrDefault(place.group(1), "")));
  }

  private static String template() throws IOException {
    try (InputStream in = ReportPage.class.getResourceAsStream(TEMPLATE)) {
      if (in == null) {
        throw new FileNotFoundException(TEMPLATE + " is not in the program");
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private String summary() {
    StringBuilder rows = new StringBuilder();
    for (Report.Run run : report.runs()) {
      Evaluation result = run.result();
      rows.append(
          row(
              text(run.name()),
              text(run.plan()),
              number("%,d", result.images()),
              number("%.2f %%", 100 * result.top1()),
              number("%.2f %%", 100 * result.top5()),
              number("%.4f", result.logLoss()),
              number("%.2f %%", 100 * result.calibrationError()),
              number("%.2f %%", 100 * result.macroF1()),
              number("%d", result.changesFrom(shown)),
              number("%,.1f", run.throughput())));
    }
    return """
    <div class="scroll"><table>
    <thead><tr><th>precision</th><th>plan</th><th class="n">images</th><th class="n">top-1</th>\
    <th class="n">top-5</th><th class="n">log loss</th><th class="n">calibration error</th>\
    <th class="n">mean F1</th><th class="n">changed</th><th class="n">images/s</th></tr></thead>
    <tbody>
    %s</tbody></table></div>
    <p>Log loss is the mean cross entropy in natural units. Changed counts the images whose answer \
    is unlike that of the first row; what follows is about the first row.</p>
    """
        .formatted(rows);
  }

  private String facts() {
    StringBuilder rows = new StringBuilder();
    report
        .facts()
        .forEach(
            (name, value) -> rows.append(row("<th>%s</th>".formatted(escape(name)), text(value))));
    return rows.toString();
  }

  private String history() {
    return report.history().isEmpty()
        ? ""
        : """
        <h2>Training</h2>
        <img class="chart" alt="Accuracy and loss over the epochs" src="%s"/>
        """
            .formatted(data("learning-curve.png"));
  }

  private String more() throws IOException {
    StringBuilder html = new StringBuilder();
    for (ReportSection section : sections) {
      html.append(section.html());
    }
    return html.toString();
  }

  private String confusion() {
    boolean all = labels.count() <= Charts.READABLE;
    String which =
        all
            ? "Each row is a class, each column an answer."
            : String.format(
                Locale.ROOT,
                "Each row is a class, each column an answer: the %d of %,d classes with the most"
                    + " mistakes. confusion.csv has them all.",
                Charts.READABLE,
                labels.count());
    StringBuilder rows = new StringBuilder();
    List<ClassResult> classes = shown.classes();
    for (var entry : Charts.confusions(shown)) {
      int label = entry.getKey().label();
      int support = classes.get(label).support();
      rows.append(
          row(
              text(labels.get(label).name()),
              text(labels.get(entry.getKey().answer()).name()),
              number("%,d", entry.getValue()),
              number("%.1f %%", 100.0 * entry.getValue() / support)));
    }
    String pairs =
        rows.isEmpty()
            ? "<p>No image got a wrong answer.</p>"
            : """
            <h3>Most frequent mistakes</h3>
            <div class="scroll"><table>
            <thead><tr><th>class</th><th>answer</th><th class="n">images</th>\
            <th class="n">of the class</th></tr></thead>
            <tbody>
            %s</tbody></table></div>\
            """
                .formatted(rows);
    return """
    <p>%s</p>
    <img class="chart" alt="Confusion matrix" src="%s"/>
    %s\
    """
        .formatted(which, data("confusion.png"), pairs);
  }

  /** Those with images; what a class without any is worth cannot be told. */
  private String classes() {
    List<ClassResult> classes = shown.classes();
    StringBuilder rows = new StringBuilder();
    IntStream.range(0, classes.size())
        .boxed()
        .sorted(
            Comparator.comparing((Integer i) -> classes.get(i).support() == 0)
                .thenComparingDouble(i -> classes.get(i).f1()))
        .forEach(i -> {
          ClassResult one = classes.get(i);
          rows.append(
              row(
                  text(labels.get(i).name()),
                  number("%,d", one.support()),
                  one.answered() == 0 ? NOTHING : number("%.2f %%", 100 * one.precision()),
                  one.support() == 0 ? NOTHING : number("%.2f %%", 100 * one.recall()),
                  one.support() == 0 ? NOTHING : number("%.2f %%", 100 * one.f1())));
        });
    return rows.toString();
  }

  private String mistakes() {
    List<Mistake> mistakes = shown.mistakes();
    if (mistakes.isEmpty()) {
      return "<p>There are none.</p>";
    }
    StringBuilder items = new StringBuilder();
    for (int i = 0; i < mistakes.size(); i++) {
      Mistake mistake = mistakes.get(i);
      String file = Thumbnails.name(i);
      items.append(
          """
          <li>%s<br/><b>%s</b> %s<br/>is %s<br/><small>%s</small></li>
          """
              .formatted(
                  pngs.containsKey(file)
                      ? "<img alt=\"\" src=\"%s\"/>".formatted(data(file))
                      : "The image cannot be read any more.",
                  escape(mistake.answer().label().name()),
                  format("%.2f %%", 100 * mistake.answer().probability()),
                  escape(labels.get(mistake.image().label()).name()),
                  escape(mistake.image().name())));
    }
    return """
    <p>The wrong answers with the highest probabilities: answer, probability, class and name.</p>
    <ul class="mistakes">
    %s</ul>\
    """
        .formatted(items);
  }

  private String data(String file) {
    byte[] png = pngs.getOrDefault(file, new byte[0]);
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
  }

  private static String row(String... cells) {
    return "<tr>" + String.join("", cells) + "</tr>\n";
  }

  private static String text(String value) {
    return "<td>" + escape(value) + "</td>";
  }

  private static String number(String format, Object value) {
    return "<td class=\"n\">" + format(format, value) + "</td>";
  }

  private static String format(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** Text as HTML and XML have it; control characters, which neither may hold, become �. */
  static String escape(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\\t\\n]]|[\\ufffe\\uffff]|\\p{Cs}", "\ufffd")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
