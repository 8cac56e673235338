package io.github.resnetserving.training;

import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.confidence.Temperature;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.evaluation.ConfidenceFit;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The report on a training: the published model answers the images it did not learn from, through
 * the plan that serves it.
 *
 * @param positions of the images in the data
 * @param heldOut of the images that a temperature is fitted on
 * @param unreadable names of images that were skipped
 * @param history every epoch
 * @param sections what else the report says
 */
record RunReport(
    DataSource data,
    List<Integer> positions,
    List<Integer> heldOut,
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
      Report.Run run = evaluate(model, facts);
      return Report.of(
              "Training of " + model.name(),
              facts,
              List.of(run),
              history.stream().map(EpochResult::toEpoch).toList())
          .write(folder, sections);
    } catch (IOException e) {
      throw new IOException(
          "the model %s is ready, but the report on it cannot be written to %s (%s): evaluate --report writes one"
              .formatted(model.name(), folder, e.getMessage()),
          e);
    }
  }

  private Report.Run evaluate(ModelSpec model, SequencedMap<String, String> facts)
      throws IOException {
    EngineOptions options = EngineOptions.ofMachine(/* maxBatch= */ 1);
    try (Evaluator evaluator = Evaluator.open(model, options, new Views.CenterCrop())) {
      List<Sample> samples = new ArrayList<>();
      boolean same = positions.equals(heldOut);
      Report.Run run =
          evaluator.evaluate(
              Precision.FP32.id(),
              Temperature.NONE,
              images(positions),
              (sample, _) -> {
                if (same) {
                  samples.add(ConfidenceFit.Wishes.USUAL.needed(sample));
                }
              });
      if (!same) {
        evaluator.run(
            images(heldOut), sample -> samples.add(ConfidenceFit.Wishes.USUAL.needed(sample)));
      }
      facts.put("calibration", calibrate(model, samples));
      return run;
    }
  }

  private Stream<Sample.Image> images(List<Integer> places) {
    return places.stream()
        .filter(at -> !unreadable.contains(data.name(at)))
        .map(at -> new Sample.Image(data.name(at), data.label(at), () -> data.read(at)));
  }

  /** Stores a temperature with the model where one can be fitted, and says which, or why not. */
  private static String calibrate(ModelSpec model, List<Sample> samples) throws IOException {
    try {
      ConfidenceFile file =
          ConfidenceFit.write(model, Precision.FP32.id(), samples, ConfidenceFit.Wishes.USUAL);
      return String.format(
          Locale.ROOT,
          "temperature %.4f, fitted on %,d held-out images: expected calibration error %.2f %%"
              + " before, %.2f %% after (each half at the temperature of the other); this report"
              + " shows the plain softmax",
          file.temperature(),
          file.images(),
          100 * file.before().calibrationError(),
          100 * file.after().calibrationError());
    } catch (IllegalArgumentException e) {
      return "none: " + e.getMessage();
    }
  }
}
