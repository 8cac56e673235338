package io.github.resnetserving.training;

import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.evaluation.Evaluator;
import io.github.resnetserving.evaluation.Report;
import io.github.resnetserving.evaluation.ReportFacts;
import io.github.resnetserving.evaluation.ReportSection;
import io.github.resnetserving.evaluation.Sample;
import io.github.resnetserving.evaluation.Views;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The report on a training: the published model answers the images it did not learn from, through
 * the plan that serves it.
 *
 * @param positions of the images in the data
 * @param unreadable names of images that were skipped
 * @param history every epoch
 * @param sections what else the report says
 */
record RunReport(
    DataSource data,
    List<Integer> positions,
    Set<String> unreadable,
    TrainingRun.Settings settings,
    List<EpochResult> history,
    List<ReportSection> sections) {

  /**
   * Evaluates and writes.
   *
   * @return the HTML file
   * @throws IOException if it cannot be written; the message says that the model is there, and how
   *     to write its report again
   */
  Path write(ModelSpec model, Path folder) throws IOException {
    try {
      SequencedMap<String, String> facts = ReportFacts.of(model, settings.command());
      facts.put("data", settings.dataNote());
      facts.put("images", "%,d that the network did not learn from".formatted(positions.size()));
      return Report.of(
              "Training of " + model.name(),
              facts,
              List.of(evaluate(model)),
              history.stream().map(EpochResult::toEpoch).toList())
          .write(folder, sections);
    } catch (IOException e) {
      throw new IOException(
          "the model %s is ready, but the report on it cannot be written to %s (%s): evaluate --report writes one"
              .formatted(model.name(), folder, e.getMessage()),
          e);
    }
  }

  private Report.Run evaluate(ModelSpec model) throws IOException {
    EngineOptions options = EngineOptions.ofMachine(/* maxBatch= */ 1);
    try (Evaluator evaluator = Evaluator.open(model, options, new Views.CenterCrop())) {
      return evaluator.evaluate(
          Precision.FP32.id(),
          positions.stream()
              .filter(at -> !unreadable.contains(data.name(at)))
              .map(at -> new Sample.Image(data.name(at), data.label(at), () -> data.read(at))),
          (_, _) -> {});
    }
  }
}
