package io.github.resnetserving.evaluation;

import io.github.resnetserving.evaluation.Evaluation.Bin;
import io.github.resnetserving.evaluation.Evaluation.ClassResult;
import io.github.resnetserving.models.Labels;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What an evaluation, or a training with the evaluation of its result, has found, for people and
 * for programs.
 *
 * @param title what the report calls itself
 * @param facts where the numbers come from, in the order in which they are shown: model, version,
 *     digest, data, command and whatever else tells it
 * @param runs the same images in one or several ways, at least one with at least one image; tables
 *     of classes, charts and mistakes are those of the first
 * @param history of the training; empty where nothing was trained
 * @param end when it ended
 */
public record Report(
    String title,
    SequencedMap<String, String> facts,
    List<Run> runs,
    List<Epoch> history,
    Instant end) {

  /**
   * One evaluation.
   *
   * @param name what tells it from the others, such as its precision
   * @param plan that computed it
   * @param seconds that it took, reading and decoding included
   */
  public record Run(String name, String plan, Evaluation result, double seconds) {

    /** Images a second, from their files to their answers. */
    public double throughput() {
      return seconds > 0 ? result.images() / seconds : 0;
    }
  }

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if there is no run, or one without images
   */
  public Report {
    facts = new LinkedHashMap<>(facts);
    runs = List.copyOf(runs);
    history = List.copyOf(history);
    if (runs.isEmpty() || runs.stream().anyMatch(run -> run.result().images() == 0)) {
      throw new IllegalArgumentException("there are no images to report on");
    }
  }

  /** A report that ends now. */
  public static Report of(
      String title, SequencedMap<String, String> facts, List<Run> runs, List<Epoch> history) {
    return new Report(title, facts, runs, history, Instant.now());
  }

  /**
   * Writes {@code report.html} and, beside it, its charts as PNGs, its tables as CSVs and, where
   * there is a history, an event file for TensorBoard. Files of the same names are overwritten.
   *
   * @param folder is created where it is not there
   * @return the HTML file
   */
  public Path write(Path folder) throws IOException {
    return write(folder, List.of());
  }

  /** As {@link #write(Path)}, with sections about something else than the evaluation. */
  public Path write(Path folder, List<ReportSection> sections) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new IOException("%s is a file: the report needs a folder".formatted(folder), e);
    }
    Evaluation shown = runs.getFirst().result();
    Map<String, byte[]> pngs = new LinkedHashMap<>();
    pngs.put("confusion.png", Charts.confusion(shown, Charts.confused(shown)));
    pngs.put("reliability.png", Charts.reliability(shown));
    if (!history.isEmpty()) {
      pngs.put("learning-curve.png", LearningCurve.png("Training", history));
      Files.write(folder.resolve(EventFile.NAME), EventFile.of(history, end));
      Files.writeString(folder.resolve("history.csv"), historyTable());
    }
    pngs.putAll(Thumbnails.of(shown.mistakes()));
    for (var png : pngs.entrySet()) {
      Files.write(folder.resolve(png.getKey()), png.getValue());
    }
    Files.writeString(folder.resolve("per-class.csv"), classTable(shown));
    Files.writeString(folder.resolve("confusion.csv"), confusionTable(shown));
    Files.writeString(folder.resolve("reliability.csv"), reliabilityTable(shown));
    Path html = folder.resolve("report.html");
    Files.writeString(html, new ReportPage(this, pngs, sections).html());
    return html;
  }

  private static String classTable(Evaluation evaluation) {
    Csv csv = new Csv("class", "images", "answers", "right", "precision", "recall", "f1");
    List<ClassResult> classes = evaluation.classes();
    for (int i = 0; i < classes.size(); i++) {
      ClassResult one = classes.get(i);
      csv.row(
          evaluation.labels().get(i).name(),
          one.support(),
          one.answered(),
          one.right(),
          one.precision(),
          one.recall(),
          one.f1());
    }
    return csv.toString();
  }

  private static String confusionTable(Evaluation evaluation) {
    Labels labels = evaluation.labels();
    Csv csv = new Csv("class", "answer", "images");
    evaluation
        .confusion()
        .forEach((cell, count) ->
            csv.row(labels.get(cell.label()).name(), labels.get(cell.answer()).name(), count));
    return csv.toString();
  }

  private static String reliabilityTable(Evaluation evaluation) {
    Csv csv = new Csv("from", "to", "images", "right", "mean_probability");
    List<Bin> bins = evaluation.bins();
    for (int i = 0; i < bins.size(); i++) {
      Bin bin = bins.get(i);
      csv.row(
          (double) i / bins.size(),
          (i + 1.0) / bins.size(),
          bin.images(),
          bin.right(),
          bin.images() == 0 ? "" : (Object) (bin.confidence() / bin.images()));
    }
    return csv.toString();
  }

  private String historyTable() {
    List<String> names = List.copyOf(LearningCurve.names(history));
    List<String> header = new ArrayList<>(names);
    header.addFirst("epoch");
    header.addLast("seconds");
    Csv csv = new Csv(header.toArray(String[]::new));
    for (Epoch epoch : history) {
      List<Object> row = new ArrayList<>();
      row.add(epoch.number());
      for (String name : names) {
        Double value = epoch.values().get(name);
        row.add(value == null ? "" : value.toString()); // every digit
      }
      row.add(epoch.seconds());
      csv.row(row.toArray());
    }
    return csv.toString();
  }
}
