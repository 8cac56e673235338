package io.github.resnetserving.evaluation;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A CSV with a row for each answer, written as the answers come. Not thread-safe. */
public final class AnswersFile implements AutoCloseable {

  private final Labels labels;
  private final Writer out;

  private AnswersFile(Labels labels, Writer out) {
    this.labels = labels;
    this.out = out;
  }

  /** Creates the file, or empties it. */
  public static AnswersFile create(Path file, Labels labels) throws IOException {
    AnswersFile answers = new AnswersFile(labels, Files.newBufferedWriter(file));
    List<String> header = new ArrayList<>(List.of("precision", "name", "label"));
    for (int i = 1; i <= Math.min(Evaluation.TOP, labels.count()); i++) {
      header.add(i == 1 ? "answer" : "answer_" + i);
      header.add(i == 1 ? "probability" : "probability_" + i);
    }
    answers.write(header);
    return answers;
  }

  /**
   * Adds an answer.
   *
   * @param precision that it was computed in
   * @param top the most probable classes, best first
   */
  public void put(String precision, Sample.Image image, List<Prediction> top) {
    List<Object> row = new ArrayList<>();
    row.add(precision);
    row.add(image.name());
    row.add(labels.get(image.label()).name());
    for (Prediction prediction : top) {
      row.add(prediction.label().name());
      row.add(prediction.probability());
    }
    write(row);
  }

  private void write(List<?> row) {
    try {
      out.write(Csv.line(row));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
